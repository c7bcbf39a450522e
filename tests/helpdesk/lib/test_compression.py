"""Pages leave compressed for whoever takes that, and whole for everybody else."""

import gzip

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from helpdesk.lib.compression import CompressionMiddleware, packed
from tests.factories import make_agent

TEXT = b"<p>Ticket, ticket, ticket.</p>" * 100


def _answer(response: HttpResponse, accepts: str = "br, gzip;q=0.8"):
    return CompressionMiddleware(lambda request: response)(RequestFactory().get("/", HTTP_ACCEPT_ENCODING=accepts))


def test_a_page_of_the_desk_is_compressed(db):
    browser = Client(HTTP_ACCEPT_ENCODING="gzip, deflate")
    browser.force_login(make_agent())

    response = browser.get("/queue/")

    assert response["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response["Vary"]
    assert b'<main id="main"' in gzip.decompress(response.content)


def test_what_was_compressed_is_the_same_again():
    response = _answer(HttpResponse(TEXT, headers={"Content-Length": str(len(TEXT)), "ETag": '"1"'}))

    assert gzip.decompress(response.content) == TEXT
    assert int(response["Content-Length"]) == len(response.content) < len(TEXT)
    assert response["ETag"] == 'W/"1"'


@pytest.mark.parametrize("accepts", ["", "br", "identity", "gzip;q=0", "gzip; q=0.0, br"])
def test_whoever_does_not_take_gzip_gets_it_whole(accepts):
    response = _answer(HttpResponse(TEXT), accepts)

    assert response.content == TEXT
    assert "Content-Encoding" not in response
    assert response["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "make",
    [
        lambda: HttpResponse(b"ok"),
        lambda: HttpResponse(TEXT, content_type="image/png"),
        lambda: HttpResponse(TEXT, headers={"Content-Encoding": "br"}),
        lambda: StreamingHttpResponse([TEXT], content_type="text/csv"),
        lambda: FileResponse([TEXT], content_type="text/plain"),
    ],
)
def test_short_answers_pictures_and_files_stay_as_they_are(make):
    whole = make()
    before = dict(whole.headers)

    assert dict(_answer(whole).headers) == before


def test_its_length_tells_nothing_exact():
    assert len({len(packed(TEXT)) for _ in range(200)}) > 20
