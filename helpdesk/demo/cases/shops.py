"""Shops: the technical side of a web shop."""

from functools import partial

from helpdesk.demo.cases import File, agent, case, note, requester

shops = partial(case, queue="shops")

CASES = (
    shops(
        "import_letters_en",
        language="en",
        subjects="""
            Product import turns ą and ę into question marks
            Polish letters broken after CSV import
            Import: "Poduszka żółta" became "Poduszka ???ta"
            {count} products with question marks in their names
            CSV import, wrong characters, {shop}
        """,
        written="""
            I imported our price list and every Polish letter turned into a question mark: "{product}" is unreadable now.
            The file looks fine in Excel. It is {count} products so far, I stopped the import.
            --
            After the import {day} half of the names in our shop look like "?wieca". Customers have started to send
            screenshots. Can you put the previous names back? The CSV is attached.
        """,
        chat="""
            hi, after csv import all polish letters are ???, can you undo it?
        """,
        thread=(
            note(
                """
                File is in Windows-1250, the import assumed UTF-8. Names from before the import are in last night's copy.
                """
            ),
            agent(
                """
                Your file was saved by Excel in an older encoding, and the import took it for UTF-8. I can put last
                night's names back in a few minutes, prices and stock stay as they are now. May I?
                --
                The letters can be saved. Please do not import again yet: I would restore yesterday's names first. When
                you export the next time, choose "CSV UTF-8" in Excel's list of formats. Shall I go ahead?
                """,
                asks=True,
            ),
            requester(
                """
                Yes please, go ahead.
                --
                Yes, but leave out the category "Sale", I corrected those by hand all morning.
                """
            ),
            agent(
                """
                Done, all names are back. I also asked the developers to let the import guess the encoding and show a
                preview before it writes.
                --
                Done, "Sale" was left alone. Please have a look at two or three products and tell me if you see any odd
                letters left.
                """
            ),
        ),
        files=(File("products-{order}.csv", "broken_csv", share=0.7),),
    ),
    shops(
        "import_stuck_pl",
        language="pl",
        subjects="""
            =stoi Import produktów stoi na {percent}%
            Cennik się nie wgrywa, {shop}
            =stoi Import z hurtowni wisi od rana
            =wiersz Błąd w wierszu {order} przy imporcie
            =stoi Zawieszony import CSV ({count} produktów)
        """,
        written="""
            =stoi Import cennika zatrzymał się na {percent}% i od dwóch godzin ani drgnie. Nie mogę go anulować ani zacząć od
            nowa, bo „inny import jest w toku”. Promocja rusza jutro rano.
            --
            =wiersz Hurtownia przysłała nowy plik, {count} tysięcy pozycji. Po wgraniu widzę „błąd w wierszu {order}” i nic
            więcej. W tym wierszu jest zwykły produkt: „{product}”. Plik w załączniku.
        """,
        chat="""
            =stoi import wisi na {percent}%, da się go jakoś ubić?
        """,
        thread=(
            note(
                """
                =wiersz Wiersz {order} ma w opisie cudzysłów bez pary i parser połknął resztę pliku. Import zatrzymany ręcznie.
                --
                Proces importu padł na pamięci i nie zdjął blokady. Blokada zdjęta, plik podzielony na cztery części.
                """
            ),
            agent(
                """
                =wiersz zatrzyma[łem|łam] zawieszony import, blokady już nie ma. Winny był cudzysłów bez pary w opisie jednego
                z produktów. Poprawiony plik jest w załączniku, proszę go wgrać i dać znać, czy przeszedł do końca.
                --
                import można już uruchomić od nowa. Proszę tym razem wgrać plik w dwóch częściach, tak będzie pewniej.
                Czy ruszyło?
                """,
                asks=True,
            ),
            requester(
                """
                Przeszedł w trzy minuty. Dziękuję!
                --
                Przeszedł, ale zdjęcia się nie podmieniły, wszędzie są stare.
                """
            ),
            agent(
                """
                to świetnie. Dopisa[łem|łam] życzenie, żeby import sam pokazywał taki wiersz zamiast stać.
                --
                zdjęcia wczytują się osobno, w tle, i przy tej liczbie potrwa to do wieczora. Stare znikną same.
                """
            ),
        ),
        files=(
            File("cennik-{order}.csv", "products_csv", label="wiersz"),
            File("cennik-{order}-poprawiony.csv", "products_csv", at=2, label="wiersz"),
        ),
        priorities=(4, 66, 25, 5),
    ),
    shops(
        "shop_slow_pl",
        language="pl",
        subjects="""
            Sklep bardzo wolno działa
            {domain} ładuje się kilkanaście sekund
            {Since} sklep zamula
            =kat Strona kategorii otwiera się wieki
            wolny sklep = brak sprzedaży
            Czas ładowania {shop}
        """,
        written="""
            =kat {Since} sklep otwiera się po dziesięć sekund, a kategoria „Nowości” czasem wcale. [Sprawdzałem|Sprawdzałam] na trzech łączach.
            Reklama kosztuje mnie {amount} dziennie, a ludzie wychodzą, zanim zobaczą pierwsze zdjęcie.
            --
            Czy coś się dzieje z serwerami? Panel działa, ale sam sklep ({domain}) chodzi jak po grudzie, zwłaszcza
            wieczorem.
            --
            ~strasznie wolno chodzi strona, nie da sie pracowac. zglaszam juz drugi raz w tym miesiacu
        """,
        chat="""
            sklep {domain} ledwo zipie, czy to awaria?
            --
            cześć, strasznie wolno dziś. u wszystkich tak?
        """,
        thread=(
            note(
                """
                Strona kategorii wczytuje 240 zdjęć po 3-4 MB, wtyczka „karuzela” pobiera je wszystkie od razu.
                --
                Nasze serwery odpowiadają w 90 ms. Czeka się na zewnętrzny czat i mapę, wczytują się przed treścią.
                """
            ),
            agent(
                """
                zmierzy[łem|łam]: serwer odpowiada szybko, ale strona kategorii pobiera 240 zdjęć po kilka megabajtów.
                Mogę włączyć zmniejszanie zdjęć dla Państwa sklepu, oryginały zostaną. Czy mam to zrobić teraz?
                --
                przyczyną są dwie wtyczki, które wczytują się przed treścią strony. Przestawi[łem|łam] je na koniec, na
                próbę. Proszę otworzyć sklep w oknie prywatnym i napisać, czy jest szybciej.
                """,
                asks=True,
            ),
            requester(
                """
                Tak, proszę. Nie [wiedziałem|wiedziałam], że zdjęcia mogą tyle ważyć.
                --
                Jest różnica jak dzień do nocy. Proszę tak zostawić.
                """
            ),
            agent(
                """
                gotowe. Zdjęcia zmniejszają się po kolei, pierwsze otwarcie każdej strony będzie jeszcze wolniejsze, każde
                następne szybkie.
                --
                zostawiam. Gdyby czat albo mapa przestały działać, proszę o znak.
                """
            ),
        ),
        files=(File("ladowanie-strony.png", "screen_slow", share=0.3),),
        priorities=(2, 60, 33, 5),
    ),
    shops(
        "cart_500_pl",
        language="pl",
        subjects="""
            Błąd 500 w koszyku
            Nie można złożyć zamówienia!
            Koszyk nie działa, {domain}
            500 przy przejściu do płatności
            klienci nie mogą kupić
            Pilne: koszyk, {shop}
        """,
        written="""
            ~NIE DZIALA KOSZYK. blad 500. {domain}
            --
            =waga Po kliknięciu „Zamawiam i płacę” pojawia się błąd 500. Dzieje się tak tylko wtedy, gdy w koszyku jest
            „{product}”. Inne produkty da się kupić.
            --
            Od {time} nikt nie złożył u nas zamówienia, a zwykle o tej porze mamy ich kilka. Sprawdzi[łem|łam]
            [sam|sama]: po wybraniu dostawy wyskakuje biała strona z napisem 500. Proszę to potraktować jako awarię.
        """,
        chat="""
            koszyk nie działa!! błąd 500
            --
            nie mogę nic kupić u siebie w sklepie, 500 po wyborze dostawy
        """,
        phone="""
            {to_name} ({shop}): od {time} zero zamówień, w koszyku błąd 500. Przy mnie powtórzone, {browser}. Oddajemy
            od razu na techniczny.
        """,
        thread=(
            note(
                """
                =waga W logach: dzielenie przez zero przy wadze 0 kg. Produkt „{product}” ma pustą wagę, a dostawa liczy po wadze.
                --
                Reguła dostawy wskazuje usunięty cennik. Przywróci[łem|łam] cennik z wczoraj. @{dev}, to powinno dać się
                wykryć przy usuwaniu.
                """
            ),
            agent(
                """
                =waga znala[złem|złam]: jeden z produktów („{product}”) nie ma wpisanej wagi, a dostawa liczy się według wagi.
                Wpisa[łem|łam] na razie 1 kg, koszyk działa. Proszę poprawić na właściwą i potwierdzić, że zamówienia
                wpadają.
                --
                koszyk działa ponownie. Dostawa odwoływała się do cennika, który ktoś {day} usunął, przywróci[łem|łam]
                go. Czy może <Pan|Pani> złożyć jedno próbne zamówienie?
                """,
                after=(4, 60),
                asks=True,
            ),
            requester(
                """
                Wpadają. Dzięki, uratowaliście mi wieczór.
                --
                Próbne przeszło. A co z tymi klientami, którzy próbowali i odeszli?
                """,
                after=(4, 120),
            ),
            agent(
                """
                bardzo się cieszę.
                --
                porzucone koszyki z tego czasu są w panelu (Sprzedaż, Porzucone), jest ich {count}. Przygotowa[łem|łam]
                szkic wiadomości z przeprosinami, wystarczy ją wysłać.
                """
            ),
        ),
        files=(File("blad-500.png", "screen_500", share=0.5), File("konsola.txt", "browser_log", share=0.2)),
        priorities=(0, 20, 50, 30),
        weight=1.2,
    ),
    shops(
        "discount_twice_en",
        language="en",
        subjects="""
            =twice Discount code works twice in one order
            =twice Code WIOSNA{percent} can be stacked
            =twice Order {order} came out at {amount}, discount counted twice
            =twice Customers combine two codes
            =sale Discount applied on top of the sale price
            =sale Code WIOSNA{percent} lowers sale prices too
            =sale {shop}: sale items get cheaper twice
        """,
        written="""
            =twice Someone used the same code twice in order {order} and paid {amount} for three items. I thought a code can be
            used once per order. Is it a mistake in our settings or in the shop?
            --
            =sale Our code is meant for full prices, yet it also lowers what is already on sale. Since this morning we have
            sold {count} pieces of "{product}" below cost. I have switched the code off for now.
        """,
        chat="""
            =sale is it normal that a discount code works on sale items too?
        """,
        thread=(
            note(
                """
                =twice Reproduced: apply, go back, apply again. Only with the one-page checkout. Told @{dev}.
                """
            ),
            agent(
                """
                =twice It should work once. When the customer goes back from the payment step, the one-page checkout forgets
                that the code was used. Until the fix is out, please tick "one use per customer" in the code, that
                stops it. Would you like to honour order {order} or have it cancelled?
                --
                =sale There is a box "not for reduced products" in the code's settings, and it is off by default. I think the
                default is wrong and have said so. Please tick it and try once with a sale item; does the price stay?
                """,
                asks=True,
            ),
            requester(
                """
                =twice Ticked. We will honour it, the customer did nothing wrong.
                --
                =sale It stays. Thank you, I would never have found that box.
                """
            ),
            agent(
                """
                =twice That is generous of you. The fix goes out with tomorrow's release.
                --
                =sale You are welcome. The box will be easier to find in the next version.
                """
            ),
        ),
        priorities=(3, 70, 24, 3),
    ),
    shops(
        "domain_transfer_pl",
        language="pl",
        subjects="""
            =abonent Transfer domeny {domain} utknął
            =kod Przeniesienie domeny do was
            =kod Kod authinfo do {domain}
            =abonent Domena {domain} wygasa, co robić?
            Prośba o oddzwonienie: transfer domeny
        """,
        written="""
            =abonent Dwa tygodnie temu zleciliśmy przeniesienie domeny {domain} do Państwa i dalej jest „w toku”. Stary
            dostawca twierdzi, że kod oddał i reszta jest po Państwa stronie. Domena wygasa za dziewięć dni!
            --
            =kod Proszę powiedzieć, gdzie mam wkleić kod do przeniesienia domeny. W panelu widzę tylko „kup nową”.
        """,
        phone="""
            =abonent Dzwoni<ł|ła> {to_name}, {shop}. Transfer {domain} stoi, kod podany dwa tygodnie temu. Wygasa za niecałe dwa
            tygodnie. Prosi o telefon, nie mail, bo poczta jest na tej domenie.
            --
            =kod {to_name}: transfer {domain}, stary dostawca mówi, że kod był ważny 14 dni i przepadł. Prosi, żebyśmy to
            poprowadzili za rękę, bo <sam|sama> się na tym nie zna.
        """,
        thread=(
            note(
                """
                =abonent Rejestr odrzucił kod: abonent domeny to poprzednia nazwa firmy. Potrzebna zmiana abonenta u starego
                dostawcy.
                --
                =kod Kod ważny był 14 dni i wygasł. Trzeba prosić o nowy.
                """
            ),
            agent(
                """
                =abonent rejestr nie przyjął kodu, bo domena jest wciąż na poprzednią nazwę firmy. Trzeba najpierw poprawić dane
                abonenta u starego dostawcy, to jeden formularz, przesyłam wzór. Domena w tym czasie działa i nie
                przepadnie. Proszę o nowy kod, gdy dane będą zmienione.
                --
                =kod kod stracił ważność, zanim rejestr go przetworzył. Proszę poprosić starego dostawcę o nowy i wkleić go
                w panelu: Sklep, Domeny, „Przenieś do nas”. Resztą zajmę się [sam|sama] i dopilnuję daty.
                """,
                asks=True,
            ),
            requester(
                """
                Nowy kod: Xk7-{order}-bL. Mam nadzieję, że teraz się uda.
                --
                Wysłane wczoraj, czekam na odpowiedź od nich. Dam znać.
                """,
                after=(400, 4000),
            ),
            agent(
                """
                transfer ruszył, rejestr potwierdził go dziś o {time}. Poczta i sklep działają bez przerwy.
                --
                dziękuję, czekamy razem. Na wszelki wypadek przedłuży[łem|łam] domenę o rok, żeby nic nie wygasło.
                """
            ),
        ),
        files=(File("zmiana-abonenta.pdf", "form_pdf", at=2, label="abonent"),),
        hold="""
            Rejestr domen przetwarza wniosek
            Czekamy na starego dostawcę domeny
        """,
        priorities=(4, 66, 26, 4),
    ),
    shops(
        "certificate_en",
        language="en",
        subjects="""
            =www Browser says {domain} is not secure
            =www Certificate expired?
            =www "Your connection is not private" on {shop}
            =mixed Padlock missing on the checkout
            =mixed {domain}: parts of the page are not secure
            SSL warning since {date}
        """,
        written="""
            =www Visitors of {domain} get a red page saying that the connection is not private. It works without "www". On my
            phone it is fine, on the laptop it is not.
            --
            =mixed The padlock disappears as soon as I open the checkout, and the browser says that parts of the page are not
            secure. Not a good look on the page where people pay.
        """,
        chat="""
            =www hello, my shop shows "not secure" in {browser}, since {time}
        """,
        thread=(
            note(
                """
                =www The www record still points to the old host, so renewal fails for that name only.
                --
                =mixed Mixed content: the trust badge in the footer is loaded over http.
                """
            ),
            agent(
                """
                =www The certificate could not be renewed for the "www" name, because that record still points to your old
                host. Please change it to shops.bursztyn.example at your domain provider; within an hour the
                certificate renews by itself. Tell me when you have changed it and I will watch it.
                --
                =mixed Your certificate is fine. One picture in the footer (the "safe shopping" badge) is loaded without
                encryption, and the browser rightly complains. I have switched it to https, could you look again?
                """,
                asks=True,
            ),
            requester(
                """
                =www Changed it just now.
                --
                =mixed The padlock is back on all pages.
                """
            ),
            agent(
                """
                =www Renewed, valid until June, and it will renew by itself from now on.
                --
                =mixed Perfect. I will let the maker of that badge know.
                """
            ),
        ),
        files=(File("not-secure.png", "screen_ssl", share=0.4),),
        priorities=(0, 50, 42, 8),
    ),
    shops(
        "stock_negative_pl",
        language="pl",
        subjects="""
            =rez Ujemny stan magazynowy: {product}
            =rez Sprzedaliśmy coś, czego nie mamy
            =klucz Stany w sklepie i w programie się różnią
            =rez Zamówienia {order} i {order2} na tę samą sztukę
            =klucz synchronizacja stanów nie działa
            =klucz {shop}: stany sprzed dwóch tygodni
        """,
        written="""
            =rez „{product}” mamy w magazynie w jednej sztuce, a sklep sprzedał ją dwa razy ({order} i {order2}, różnica
            trzech minut). Stan pokazuje teraz -1. Którego klienta mam przeprosić?
            --
            =klucz Stany ze sklepu od {date} nie zgadzają się z programem magazynowym. Część produktów ma stany sprzed dwóch
            tygodni. Synchronizacja świeci na zielono, więc [myśleliśmy|myślałyśmy], że jest dobrze.
        """,
        thread=(
            note(
                """
                =rez Rezerwacja towaru jest wyłączona w ustawieniach sklepu, stąd dwie sprzedaże jednej sztuki.
                --
                =klucz Klucz API programu magazynowego wygasł, a zielona kropka pokazuje tylko, że usługa żyje. Błąd po naszej
                stronie, @{dev}.
                """
            ),
            agent(
                """
                =rez w sklepie wyłączona jest rezerwacja towaru, więc sztuka schodziła ze stanu dopiero po opłaceniu.
                Włączy[łem|łam] ją: od teraz towar w koszyku jest trzymany przez kwadrans. Pierwsze było opłacone
                zamówienie {order}. Czy tak zostawić?
                --
                =klucz program magazynowy przestał przyjmować połączenia, bo wygasł klucz. Kropka świeciła na zielono mimo to,
                co jest naszym błędem i go poprawimy. Proszę wkleić nowy klucz i napisać, zrobię pełne wyrównanie stanów.
                """,
                asks=True,
            ),
            requester(
                """
                =rez Tak, proszę zostawić. Drugiej klientce wyślę coś ładnego w zamian.
                --
                =klucz Klucz wklejony.
                """
            ),
            agent(
                """
                =rez dobry pomysł. Gdyby kwadrans to było za mało, czas można zmienić w Ustawienia, Magazyn.
                --
                =klucz stany wyrównane, poprawi[łem|łam] {count} pozycji, lista w załączniku.
                """
            ),
        ),
        files=(File("wyrownanie-stanow.csv", "products_csv", at=4, label="klucz"),),
        priorities=(4, 68, 25, 3),
    ),
    shops(
        "photos_pl",
        language="pl",
        subjects="""
            =bok Zdjęcia produktów obrócone bokiem
            =format Nie wgrywają się zdjęcia
            Zdjęcia w sklepie {shop}
            =bok zdjęcia z telefonu do góry nogami
            =format „Nieobsługiwany format” przy zdjęciu
        """,
        written="""
            =bok Zdjęcia robione telefonem w sklepie leżą na boku, choć na telefonie i komputerze są proste. Obracam je
            w panelu, zapisuję i wracają na bok.
            --
            =format [Kupiłem|Kupiłam] nowy telefon i od tej pory sklep pisze „nieobsługiwany format”. Pliki kończą się na .heic. Czy
            muszę wrócić do starego telefonu?
        """,
        chat="""
            =bok czemu zdjęcia w sklepie są bokiem a u mnie prosto?
        """,
        thread=(
            agent(
                """
                telefon zapisuje zdjęcie bokiem i dopisuje, jak je obrócić, a sklep tego dopisku nie czyta przy zdjęciach
                powyżej 12 megapikseli. Poprawka będzie w tym tygodniu. Jeśli poda <Pan|Pani> nazwy kilku produktów,
                obrócę je już teraz.
                --
                =format telefonu nie trzeba zmieniać. W jego ustawieniach aparatu jest „Najbardziej zgodny” format, wtedy
                zdjęcia zapisują się jako JPG. Te, które już są, mogę zamienić, proszę je przysłać w paczce ZIP.
                """,
                asks=True,
            ),
            requester(
                """
                To tylko „{product}” i trzy obok w tej samej kategorii. Dziękuję!
                --
                =format Przestawione i działa, starych zdjęć nie jest szkoda.
                """
            ),
            agent(
                """
                obrócone. Poprawka na przyszłość wchodzi w czwartek.
                --
                =format to cieszę się i życzę udanych zdjęć.
                """
            ),
        ),
        files=(File("zdjecie-{order}.png", "product_png", share=0.6),),
        priorities=(24, 70, 6, 0),
    ),
    shops(
        "price_feed_en",
        language="en",
        subjects="""
            =gtin Price comparison feed rejected
            =gtin Feed of {shop}: {count} products without GTIN
            =night Product feed not updated since {date}
            Product feed of {shop}
            =night Availability in the feed is wrong
        """,
        written="""
            =gtin The comparison site rejects our feed: "{count} items without identifier". The products do have EAN codes, I can
            see them in the panel.
            --
            =night Our XML feed has had the same content since {date}, so we advertise things that are sold out. I pay for
            every one of those clicks.
        """,
        thread=(
            note(
                """
                =gtin EANs sit in the variant, the feed reads the parent product. Known, on @{dev}'s list.
                --
                =night The nightly job stops at one product with a control character in its description (id {order}).
                """
            ),
            agent(
                """
                =gtin The codes are there, but the feed looks at the parent product, and yours are on the sizes and colours. I
                can switch your feed to one row per variant. The site will then show each colour separately. Do you
                want that?
                --
                =night The nightly job tripped over an invisible character in the description of "{product}". I removed it
                and ran the job by hand; the feed is fresh again. Could you ask the site to fetch it?
                """,
                asks=True,
            ),
            requester(
                """
                =gtin Yes, that is even better for us.
                --
                =night Fetched, accepted, no errors.
                """
            ),
            agent(
                """
                =gtin Switched. The next fetch should accept all {count} of them.
                --
                =night Great. The job will skip and report such a product in future instead of stopping.
                """
            ),
        ),
        files=(File("feed-errors-{order}.txt", "feed_log", share=0.6),),
    ),
    shops(
        "omnibus_pl",
        language="pl",
        subjects="""
            =cena Najniższa cena z 30 dni pokazuje się źle
            =cena Omnibus - zła cena przy promocji
            =historia Historia cen dla urzędu, {shop}
            =cena Cena {amount} zamiast {amount2}, „{product}”
            =historia Kontrola UOKiK, pytanie o historię cen
        """,
        written="""
            =cena Przy produkcie „{product}” sklep pokazuje najniższą cenę z 30 dni {amount}, a nigdy takiej nie mieliśmy. Cały
            czas było {amount2}. Boimy się kary.
            --
            =historia Potrzebujemy historii cen wszystkich produktów od stycznia, najlepiej w Excelu. Mamy zapytanie
            z urzędu i dwa tygodnie na odpowiedź.
        """,
        thread=(
            note(
                """
                Cena była niższa przez 11 minut {day}, gdy wgrywał się import z hurtowni. Formalnie się liczy, ale nikt po
                niej nie kupił.
                --
                =historia Historia cen jest w bazie od początku, eksport trzeba puścić ręcznie.
                """
            ),
            agent(
                """
                historia cen pokazuje, że przez jedenaście minut {day} produkt miał cenę {amount}, w trakcie importu
                z hurtowni. Sklep pokazał ją więc zgodnie z przepisem. Mogę ustawić, żeby ceny z niedokończonego importu
                nie były publikowane. Czy włączyć?
                --
                =historia historia cen jest u nas pełna od pierwszego dnia sklepu. Przygotowuję eksport, będzie
                w następnej wiadomości. Czy urząd pyta o ceny brutto, czy netto?
                """,
                asks=True,
            ),
            requester(
                """
                Tak, proszę włączyć. Nie [miałem|miałam] pojęcia, że import tak działa.
                --
                =historia Brutto, dla konsumentów.
                """
            ),
            agent(
                """
                włączone. Wpis z tych jedenastu minut zostaje w historii, tak wymaga prawo, ale po 30 dniach zniknie
                z karty produktu.
                --
                =historia w załączniku historia cen brutto od 1 stycznia. Powodzenia w urzędzie.
                """
            ),
        ),
        files=(File("historia-cen-{order}.csv", "prices_csv", at=4, label="historia"),),
    ),
    shops(
        "cookie_banner_pl",
        language="pl",
        subjects="""
            =zaslania Nie da się zamknąć okienka z ciasteczkami
            =zaslania Baner cookies zasłania koszyk na telefonie
            Zgody cookies, {domain}
            =wraca okno cookie wraca na każdej stronie
        """,
        written="""
            =zaslania Na telefonie okienko z ciasteczkami zasłania przycisk „Do kasy” i nie da się go zamknąć. Na komputerze jest
            dobrze. Klientka przysłała zrzut ekranu.
            --
            =wraca Po każdym przejściu na inną stronę sklep znów pyta o zgodę na ciasteczka. [Sam bym z takiego sklepu uciekł|Sama bym z takiego sklepu
            uciekła].
        """,
        chat="""
            =zaslania baner cookie nie znika na iphonie, {domain}
        """,
        thread=(
            agent(
                """
                =zaslania na wąskich ekranach przyciski banera uciekają pod dolny pasek przeglądarki. Przestawi[łem|łam] baner na
                górę strony. Proszę sprawdzić na telefonie, czy „Do kasy” jest teraz dostępne.
                --
                =wraca zgoda zapisywała się tylko dla adresu z „www”, a sklep otwiera się bez. Poprawi[łem|łam] ustawienie,
                proszę wyczyścić dane strony w przeglądarce i zobaczyć, czy pytanie wraca.
                """,
                asks=True,
            ),
            requester(
                """
                =zaslania Teraz dobrze, dziękuję.
                --
                =zaslania_stary Na moim telefonie dobrze, u klientki dalej zasłania. Ma starszy model.
                --
                =wraca Już nie pyta. Dziękuję.
                """
            ),
            agent(
                """
                dziękuję za sprawdzenie.
                --
                =zaslania_stary dla starszych telefonów zmniejszy[łem|łam] też tekst banera. Proszę poprosić klientkę o odświeżenie
                strony, powinno wystarczyć.
                """
            ),
        ),
        files=(File("baner-telefon.png", "phone_png", share=0.6),),
    ),
    shops(
        "theme_logo_en",
        language="en",
        subjects="""
            =logo Logo disappeared after the theme update
            Theme update broke our front page
            =logo {domain}: menu is gone on mobile
            =font Fonts look different since {date}
            Please roll back the theme of {shop}
        """,
        written="""
            =logo After last night's theme update our logo is gone and the menu has moved under the banner. I did not ask for
            an update. How do I go back?
            --
            =font Since {date} the whole shop is in another font and the buttons are green. Our brand is navy. I am told
            "clear your cache" by everybody, but it is the same on my mother's tablet.
        """,
        chat="""
            =logo where did my logo go?? since the update there is just a blank space
        """,
        thread=(
            note(
                """
                Their changes were made in the base theme instead of the child theme, so the update wrote over them. Copy
                from the night before exists.
                """
            ),
            agent(
                """
                Your own changes were stored inside the standard theme, and the update replaced it. Nothing is lost:
                I have last night's copy. I can bring it back in five minutes and move your changes to a place that
                updates do not touch. Shall I?
                """,
                asks=True,
            ),
            requester(
                """
                Yes please! And can updates ask first?
                --
                Please do, but after 20:00, we have traffic now.
                """
            ),
            agent(
                """
                Done, the shop looks as it did. Updates now wait for your click (Settings, Theme).
                --
                It is set for 20:15 tonight, and I will look at it myself at half past.
                """
            ),
        ),
        files=(File("front-page.png", "screen_theme", share=0.5),),
    ),
    shops(
        "translation_en",
        language="en",
        subjects="""
            =theme Checkout half in Polish, half in English
            =mail English version of {shop} sends Polish e-mails
            =theme English version of {shop} shows Polish words
            Wrong language in {shop}
            =mail Order e-mail {order} in the wrong language
            =theme Missing translations in the basket
        """,
        written="""
            =theme Our English customers see "Do kasy" and "Wybierz dostawę" in the middle of an English page. We sell to
            {count} countries and get a question about it every week.
            --
            =mail A customer from Dublin bought in English and got the confirmation of order {order} in Polish. He thought it
            was spam and opened a dispute.
        """,
        thread=(
            note(
                """
                =mail The order remembers the language of the session, and the payment page comes back without it. On the list.
                """
            ),
            agent(
                """
                =mail The e-mail uses the language that the order remembers, and it forgets it when the customer returns
                from the payment page. We are fixing that. For today I have set English as the default for orders
                shipped abroad in your shop. Is that right for you?
                --
                =theme Two texts come from your own theme, so our translations do not reach them. If you send me the English
                wording for "Do kasy" and "Wybierz dostawę" as you like it, I will enter it for you.
                """,
                asks=True,
            ),
            requester(
                """
                =mail Exactly what we need.
                --
                =theme "To checkout" and "Choose delivery", please.
                """
            ),
            agent(
                """
                =mail Good. The real fix is planned for this month, I have noted you as one who waits for it.
                --
                =theme Entered. I went through the whole checkout in English and saw nothing else in Polish.
                """
            ),
        ),
        files=(File("checkout-en.png", "screen_checkout", share=0.4),),
        priorities=(14, 76, 10, 0),
    ),
    shops(
        "mail_to_spam_pl",
        language="pl",
        subjects="""
            =spam Maile ze sklepu trafiają do spamu
            =spam Klienci nie dostają potwierdzeń zamówień
            =spam Potwierdzenie zam. {order} nie doszło
            SPF i DKIM dla {domain}
            =spf Wpisy DNS dla poczty sklepu, {domain}
            =spam brak maili ze sklepu
        """,
        written="""
            =spam Potwierdzenia zamówień lądują u klientów w spamie, u niektórych nie dochodzą wcale (np. zamówienie {order}).
            {Since} tak jest, wcześniej było dobrze. W tym czasie przenosiliśmy pocztę do innego dostawcy.
            --
            =spf Informatyk mówi, że trzeba ustawić SPF i DKIM dla {domain}, ale nie wie, jakie wartości ma wpisać. Czy mogę
            prosić o gotowe wpisy, które mu przekażę?
        """,
        thread=(
            note(
                """
                SPF domeny wskazuje tylko nowego dostawcę poczty, nasze serwery wypadły z wpisu przy przenosinach.
                """
            ),
            agent(
                """
                przy przenosinach poczty z ustawień domeny zniknął wpis, który pozwala nam wysyłać w Państwa imieniu. Gotowe
                wartości SPF i DKIM są w załączniku, trzeba je wkleić u dostawcy domeny. Proszę dać znać po
                zmianie, sprawdzę, czy działa.
                """,
                asks=True,
            ),
            requester(
                """
                Wklejone. U siebie dostaję już do zwykłej skrzynki.
                --
                Wpisy dodane, ale test pokazuje „SPF: dwa wpisy”.
                """,
                after=(60, 2000),
            ),
            agent(
                """
                widzę to samo, wszystkie trzy testy na zielono.
                --
                SPF może być tylko jeden, więc trzeba je połączyć. Poprawny wiersz jest w załączniku, stary proszę usunąć.
                """
            ),
        ),
        files=(
            File("wpisy-dns.txt", "dns_txt", at=2),
            File("spf-poprawiony.txt", "dns_txt", at=4, label="2.1"),
        ),
        priorities=(3, 67, 28, 2),
    ),
)
