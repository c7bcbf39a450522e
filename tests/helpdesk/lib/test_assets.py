"""Joining of style sheets and scripts at collectstatic."""

from pathlib import Path

import pytest

from helpdesk.lib.assets import JoinedStaticFilesStorage, join_css, join_js

STATIC = Path(__file__).resolve().parents[3] / "static"
APART = {"mail.css", "passkey.js", "palette.js"}
"""Asked for when they are needed: a mail in its frame, signing in by a passkey, the palette when it opens."""


def test_a_sheet_is_put_into_its_layer():
    text = '@layer base;\n@import "a.css" layer(base);\n'

    joined = join_css(text, {"a.css": "p { color: red; }\n"}.__getitem__)

    assert joined == "@layer base;\n@layer base {\np { color: red; }\n}\n"


def test_modules_keep_their_names_to_themselves():
    text = 'import "./a.js";\nimport "./b.js";\n'

    joined = join_js(text, {"./a.js": "const here = 1;", "./b.js": "const here = 2;"}.__getitem__)

    assert joined == "{\nconst here = 1;\n}\n{\nconst here = 2;\n}\n"


@pytest.mark.parametrize("source", ['import "./c.js";', "export const here = 1;"])
def test_a_module_that_needs_another_is_refused(source):
    with pytest.raises(ValueError, match="cannot be joined"):
        join_js('import "./a.js";', lambda name: source)


def test_every_sheet_and_script_is_listed():
    css, js = (STATIC / "css/app.css").read_text(), (STATIC / "js/app.js").read_text()

    sheets = {path.name for path in (STATIC / "css").glob("*.css")} - {"app.css"} - APART
    scripts = {path.name for path in (STATIC / "js").glob("*.js")} - {"app.js"} - APART

    assert {name for name in sheets if f'"{name}"' in css} == sheets
    assert {name for name in scripts if f'"./{name}"' in js} == scripts


def test_collected_files_are_joined_hashed_and_compressed(tmp_path, settings):
    source = JoinedStaticFilesStorage(location=STATIC, base_url="/static/")
    target = JoinedStaticFilesStorage(location=tmp_path, base_url="/static/")
    names = [str(path.relative_to(STATIC)) for path in STATIC.rglob("*.*")]
    for name in names:
        with source.open(name) as file:
            target.save(name, file)

    failures = [done for *_, done in target.post_process({name: (source, name) for name in names}) if done is not True]

    joined = tmp_path / target.hashed_files["css/app.css"]
    assert failures in ([], [False] * len(failures))
    assert "@import" not in joined.read_text()
    assert joined.with_name(joined.name + ".br").exists()
    assert 'import "' not in (tmp_path / target.hashed_files["js/app.js"]).read_text()
