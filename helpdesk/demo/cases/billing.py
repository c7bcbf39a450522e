"""Billing: invoices, KSeF, payments, payouts, our own subscription."""

from functools import partial

from helpdesk.demo.cases import File, agent, case, note, requester

billing = partial(case, queue="billing")

CASES = (
    billing(
        "blank_invoice_pl",
        language="pl",
        exactly=38,
        subjects="""
            Faktura PDF pusta, zamówienia {order}–{order2}
            =weekend PDF faktury puste od piątku, pilne
            Puste faktury ze sklepu {shop}
            Biała kartka zamiast faktury (zam. {order})
            Klienci dostają puste PDF-y zamiast faktur
            faktury się nie drukują, są puste
            Faktura {invoice} - pusty plik
            Faktury za {month} wychodzą puste
        """,
        written="""
            =weekend Od piątku, gdzieś od wpół do szóstej, każda faktura, którą wysyła mój sklep, to pusta strona. Na ekranie
            w panelu wszystko jest, a w PDF-ie biało. Napisało już do mnie troje klientów (zamówienia {order}, {order2}
            i {order3}).

            Księgowa czeka na komplet za {month}. Czy mam je przepisywać ręcznie, czy to się samo naprawi?
            --
            =weekend ~faktury w pdf puste, wszystkie od piatku. zamowienie {order} np. prosze o pilna naprawe bo klienci dzwonia
            --
            =weekend [Pobrałem|Pobrałam] dziś faktury z panelu i wszystkie od piątkowego popołudnia mają jedną białą stronę,
            plik waży 1 KB. Starsze otwierają się dobrze. [Próbowałem|Próbowałam] w dwóch przeglądarkach i na telefonie, to samo.
            W załączniku jedna z nich.
            --
            =weekend Klientka z zamówienia {order} odesłała nam fakturę z pytaniem, czy to żart, bo jest pusta. [Sprawdziliśmy|Sprawdziłyśmy]
            kolejne i rzeczywiście: {order2}, {order3}, wszystkie puste. Bardzo proszę o informację, kiedy będą dobre,
            żebyśmy [wiedzieli|wiedziały], co ludziom odpisać.
            --
            =friday Od jakiegoś kwadransa faktury z mojego sklepu to pusta strona. W panelu wszystko jest, a w PDF-ie biało.
            Właśnie napisała klientka z zamówienia {order}. Czy coś u Państwa stanęło?
            --
            =friday ~faktury pdf nagle puste. zamowienie {order}. po obiedzie jeszcze dzialalo
            --
            =friday Drukuję faktury do dzisiejszych paczek i od zamówienia {order} z drukarki wychodzą czyste kartki, a plik waży
            1 KB. Przedpołudniowe są dobre. Co mam odpisać ludziom?
        """,
        chat="""
            =weekend dzień dobry, faktury mi się generują puste, zamówienie {order}. to u mnie czy u was?
            --
            =weekend hej, od piątku wszystkie faktury pdf białe. ktoś to już zgłaszał?
            --
            =friday dzień dobry, faktury zaczęły wychodzić puste, zamówienie {order}. to u mnie czy u was?
        """,
        phone="""
            =friday Dzwoni<ł|ła> {to_name} ({shop}): od kwadransa faktury PDF puste, kilka osób już pytało. Prosi
            o telefon, jak tylko będzie naprawione.
        """,
        thread=(
            note(
                """
                To samo co u innych: o 17:40 na maszynie od PDF-ów skończyło się miejsce. Same faktury są
                w bazie całe, puste są tylko pliki. @{dev} już nad tym siedzi.
                --
                Sprawdz[iłem|iłam] {order} w bazie: pozycje i kwoty są, pusty tylko plik. Kolejny do wspólnego worka.
                """
            ),
            agent(
                """
                faktury są bezpieczne, puste wychodzą tylko pliki PDF. Znamy przyczynę i tworzymy je na nowo. Proszę
                niczego nie przepisywać ręcznie, odezwę się, gdy tylko Państwa pliki będą gotowe.
                --
                dziękuję za zgłoszenie. Dane faktur są całe, zawiódł tylko serwer, który robi
                z nich PDF. Proszę spróbować pobrać {order} jeszcze raz za godzinę i dać mi znać, czy jest dobrze.
                """,
                asks=True,
            ),
            requester(
                """
                {order} nadal pusta. Księgowa potrzebuje kompletu na poniedziałkowe południe, więc proszę o szczerą
                odpowiedź, czy zdążycie.
                --
                [Próbowałem|Próbowałam] przed chwilą, dalej biała strona.
                """
            ),
        ),
        files=(File("faktura-{order}.pdf", "blank_pdf", share=0.5),),
        priorities=(0, 45, 45, 10),
    ),
    billing(
        "blank_invoice_en",
        language="en",
        exactly=26,
        subjects="""
            =weekend Invoice PDF is blank since Friday evening
            Blank invoices, orders {order} and {order2}
            {shop}: every invoice is an empty page
            Invoice {invoice} has no content
            Empty PDF instead of an invoice (order {order})
            My customers get white pages instead of invoices
        """,
        written="""
            =weekend Since about a quarter to six on Friday every invoice my shop sends is an empty page. Three customers
            have already written to me (orders {order}, {order2}, {order3}). On the screen the invoice looks fine.
            --
            =weekend The PDF attached to the confirmation of order {order} is completely blank, and so are all the others from
            the weekend. I need the {month} set for my accountant. Should I type them by hand?
            --
            =weekend ~invoices blank since friday. pls fix
            --
            =weekend I was about to print the weekend's invoices to put in the parcels, and every one of them is a white sheet.
            Last Thursday's print normally, so it is not the printer. I have {count} parcels waiting on the table. Can
            I send them without invoices and mail the invoices later?
            --
            =friday Since about a quarter to six every invoice my shop sends is an empty page. Three customers have already
            written to me (orders {order}, {order2}, {order3}).
            --
            =friday ~invoices are empty pdf now, worked at noon. order {order}
            --
            =friday The invoice of order {order} is one white page, and so is the next one. On the screen everything is there.
            I have the courier here in twenty minutes.
        """,
        chat="""
            Hi, the invoice for order {order} downloads as a blank page. Is it just me?
            --
            =friday all invoices are blank all of a sudden, anything going on?
        """,
        thread=(
            note(
                """
                Same as the others: at 17:40 the PDF worker ran out of disk. Checked {order} in the
                database, all lines and amounts are there. Do not promise a time before @{dev} confirms.
                --
                One more of the blank PDFs. The invoice itself is stored and numbered correctly.
                """
            ),
            agent(
                """
                The invoices themselves are safe, only the PDF files come out empty. We found the cause and are
                making them again. Please try {order} once more in an hour and tell me what you see.
                --
                Thank you for the order numbers. Please do not type anything by hand: every invoice is stored, and the
                files are being made again right now. I will write as soon as yours are done.
                """,
                asks=True,
            ),
            requester(
                """
                I tried and it is the same, one white page.
                --
                Still blank. My accountant needs the set by Monday noon, so please tell me honestly if I should
                start typing.
                """
            ),
        ),
        files=(File("invoice-{order}.pdf", "blank_pdf", share=0.4),),
        priorities=(0, 50, 42, 8),
    ),
    billing(
        "ksef_duplicate_pl",
        language="pl",
        subjects="""
            KSeF odrzuca fakturę {invoice}, błąd 440
            Błąd 440 przy wysyłce do KSeF
            KSeF: „duplikat faktury”, a wysłaliśmy ją raz
            {invoice} nie przechodzi do KSeF
            Odrzucona faktura w KSeF ({month})
            KSeF nie przyjmuje faktury dla NIP {nip}
        """,
        written="""
            Przy wysyłce faktury {invoice} do KSeF dostajemy błąd 440, duplikat faktury. Wysyłaliśmy ją tylko raz,
            {date}, i nie mamy do niej numeru KSeF. Nie wiemy, czy jest tam, czy jej nie ma, i czy możemy wystawić nową.
            --
            Faktura {invoice} na {amount} wisi w panelu na czerwono: „440 duplikat”. Biuro rachunkowe mówi, że u nich
            jej nie widać. Co dalej? Nie chcę zapłacić VAT-u dwa razy.
            --
            ~znowu ksef i znowu blad 440. ile mozna. faktura {invoice}, prosze to przepchnac u was bo ja nie mam na to
            czasu
        """,
        phone="""
            {to_name}, {shop}: KSeF zwraca 440 dla {invoice}. <Klient|Klientka> ma przed sobą ekran z błędem, w systemie
            urzędu faktury nie widzi. Obieca[łem|łam] sprawdzić i odpisać.
        """,
        thread=(
            note(
                """
                W dzienniku wysyłek {invoice} poszła dwa razy w odstępie 4 sekund: pierwsza odpowiedź przyszła po
                czasie, więc kolejka powtórzyła. Numer KSeF z pierwszej próby jest, tylko go nie zapisaliśmy.
                --
                Faktura jest w KSeF od pierwszej wysyłki. Drugi raz poszła sama po przekroczeniu czasu odpowiedzi.
                @{dev} dopisze numer do bazy.
                """
            ),
            agent(
                """
                Państwa faktura jest w KSeF i to od pierwszej wysyłki. Odpowiedź z KSeF przyszła z opóźnieniem, nasz
                system uznał, że jej nie ma, i wysłał fakturę jeszcze raz, stąd „duplikat”. Proszę jej nie wystawiać
                ponownie. Numer KSeF dopisuję w panelu, powinien być widoczny za kilka minut.
                --
                sprawdz[iłem|iłam]: faktura {invoice} została przyjęta za pierwszym razem, błąd dotyczy tylko
                powtórzonej próby. VAT jest jeden i faktura jest jedna. Czy widzi <Pan|Pani> już numer KSeF przy tej
                fakturze w panelu?
                """,
                asks=True,
            ),
            requester(
                """
                Jest numer, dziękuję. Rozumiem, że biuro rachunkowe może to już spokojnie zaksięgować?
                --
                Teraz jest na zielono. A czy z następnymi będzie tak samo?
                """
            ),
            agent(
                """
                tak, wszystko jest w porządku i nic więcej nie trzeba robić. Wydłużyliśmy też czas oczekiwania na
                odpowiedź KSeF, więc nie powinno się to powtórzyć.
                --
                tak, można księgować. Gdyby 440 pojawiło się przy innej fakturze, proszę ją zostawić i napisać do nas.
                """
            ),
        ),
        files=(File("ksef-440.png", "screen_ksef", share=0.4),),
        hold="""
            Czekamy na potwierdzenie z KSeF
            {dev} dopisuje numer KSeF w bazie
        """,
        priorities=(2, 60, 33, 5),
    ),
    billing(
        "ksef_april_pl",
        language="pl",
        subjects="""
            KSeF od 1 kwietnia - czy sklep jest gotowy?
            Pytanie o KSeF
            Co muszę ustawić w panelu przed KSeF?
            KSeF w sklepie {shop}
            =token Token do KSeF, gdzie go wpisać?
            Od kwietnia KSeF, prosimy o instrukcję
        """,
        written="""
            Od 1 kwietnia mamy wystawiać faktury w KSeF. Czy Państwa platforma zrobi to sama, czy musimy coś u siebie
            włączyć? Wystawiamy miesięcznie około {count}0 faktur, większość dla osób prywatnych. Księgowa pyta też
            o paragony z NIP-em do 450 zł.
            --
            Proszę o prostą odpowiedź, bez odsyłania do dokumentacji: co ma zrobić zwykły właściciel sklepu, żeby
            w kwietniu faktury szły do KSeF? Mam 63 lata i boję się, że coś źle kliknę.
            --
            =token [Wygenerowałem|Wygenerowałam] token w KSeF, ale nie widzę w ustawieniach pola, gdzie go wkleić. Plan mamy Sklep Plus. Czy
            trzeba coś dokupić?
        """,
        chat="""
            dzień dobry, czy w sklepie trzeba coś włączyć na KSeF od kwietnia?
        """,
        thread=(
            agent(
                """
                wystarczą trzy kroki, wszystkie w panelu w części Ustawienia, Faktury:

                - wpisać NIP firmy i zaznaczyć „Wysyłaj do KSeF”,
                - kliknąć „Nadaj uprawnienie” i zalogować się Profilem Zaufanym,
                - wysłać fakturę próbną, system powie, czy przeszła.

                Faktury dla osób prywatnych nie muszą trafiać do KSeF i domyślnie ich tam nie wysyłamy. Proszę dać
                znać, czy faktura próbna przeszła.
                --
                =token niczego nie trzeba dokupować. Pole na token pojawi się po zaznaczeniu „Wysyłaj do KSeF” (Ustawienia,
                Faktury). Jeśli <Pan|Pani> woli, mogę zadzwonić i przejść to razem, zajmie nam to kwadrans.
                """,
                asks=True,
            ),
            requester(
                """
                Próbna przeszła za drugim razem, za pierwszym [pomyliłem|pomyliłam] NIP z REGON-em. Bardzo dziękuję za
                normalny język.
                --
                [Doszedłem|Doszłam] do kroku z Profilem Zaufanym i mam komunikat „brak uprawnień w imieniu podmiotu”. Co teraz?
                """
            ),
            agent(
                """
                świetnie, w takim razie wszystko jest gotowe na kwiecień. Gdyby KSeF miał przerwę, faktury poczekają
                u nas i wyjdą same.
                --
                ten komunikat oznacza, że w KSeF trzeba najpierw złożyć zawiadomienie ZAW-FA albo podpisać się
                pieczęcią firmy. Wysyłam krótką instrukcję, a próbną fakturę mogę <Panu|Pani> puścić od nas.
                """
            ),
        ),
        priorities=(18, 76, 6, 0),
    ),
    billing(
        "blik_twice_pl",
        language="pl",
        subjects="""
            BLIK pobrał płatność dwa razy, zam. {order}
            Podwójna płatność BLIK {amount}
            Klient zapłacił dwa razy za zamówienie {order}
            BLIK - dwa obciążenia, jedno zamówienie
            zwrot za podwójnego blika
            Podwójne obciążenie, {shop}
        """,
        written="""
            Nasz klient zapłacił BLIK-iem za zamówienie {order} i bank pobrał mu {amount} dwa razy, w odstępie minuty.
            W panelu widzimy jedną wpłatę. Klient jest bardzo niezadowolony i pisze o tym w opiniach.
            --
            Do zamówienia {order} mamy dwie wpłaty BLIK, obie po {amount}. Klientka mówi, że za pierwszym razem
            strona pokazała błąd, więc wpisała drugi kod. Czy mogę jedną zwrócić z panelu, czy robicie to Państwo?
            --
            ~klient placi blikiem wyskakuje blad placi drugi raz i ma dwa razy sciagniete. zam {order} {amount}. kto
            odda te pieniadze?
        """,
        chat="""
            klient zapłacił blikiem 2x za {order}, raz mu wyskoczył błąd. oddacie drugie {amount}?
            --
            Dzień dobry, klientka ma podwójnie pobrane {amount} (BLIK, zamówienie {order}). Jak to zwrócić?
        """,
        phone="""
            Zdenerwowan<y|a> {to_name}, {shop}. Klient obciążony dwa razy po {amount}, zamówienie {order}, BLIK. Prosi
            o potwierdzenie na piśmie, że pieniądze wrócą.
        """,
        thread=(
            note(
                """
                W bramce dwie transakcje: pierwsza „timeout po stronie sklepu”, druga udana. Bank pobrał obie.
                Pierwszą trzeba zwrócić z bramki, z panelu się nie da.
                --
                Obie transakcje mają status pobrane. Zgłos[iłem|iłam] zwrot pierwszej w bramce.
                """
            ),
            agent(
                """
                druga wpłata jest widoczna w bramce i zlec[iłem|iłam] jej zwrot. Pieniądze wrócą na konto klienta
                najpóźniej w ciągu dwóch dni roboczych. Proszę niczego nie zwracać z panelu, bo wtedy oddalibyśmy
                pieniądze dwa razy.
                --
                przepraszam za kłopot. Pierwsza płatność zakończyła się po stronie banku, a sklep nie dostał na czas
                odpowiedzi i pokazał błąd. Zwrot {amount} jest już zlecony. Czy może <Pan|Pani> przekazać to
                klientowi i dać znać, gdy pieniądze wrócą?
                """,
                asks=True,
            ),
            requester(
                """
                Klient potwierdził, że ma zwrot. Sprawa zamknięta z mojej strony.
                --
                Minęły dwa dni i nic nie wróciło. Klient wysłał wyciąg, w załączniku.
                """,
                after=(600, 2900),
            ),
            agent(
                """
                dziękuję za wiadomość, cieszę się, że pieniądze dotarły.
                --
                bramka potwierdziła wypłatę wczoraj o {time}, część banków księguje to następnego dnia rano. Gdyby jutro
                do południa nadal nic nie było, proszę o jedno słowo, od razu do nich zadzwonię.
                """
            ),
        ),
        files=(File("wyciag-{order}.pdf", "transfer_pdf", at=3, label="0.1"),),
        hold="""
            Zwrot zlecony w bramce, czekamy na potwierdzenie
            Czekamy na odpowiedź operatora płatności
        """,
        priorities=(0, 45, 45, 10),
        weight=1.4,
    ),
    billing(
        "blik_twice_en",
        language="en",
        subjects="""
            BLIK: customer was charged twice
            Double BLIK charge on order {order}
            Order {order} was paid two times
            Customer charged {amount} twice
            Refund of a double BLIK payment
        """,
        written="""
            A customer paid for order {order} with BLIK and her bank took {amount} twice, one minute apart. I see only
            one payment in the panel. She is quite upset. How do we give her the second one back?
            --
            We have two BLIK payments of {amount} for the same order ({order}). I did not touch anything so as not to
            make it worse. Please tell me who returns the money, you or me.
        """,
        chat="""
            Hello, one of my customers says BLIK charged her twice for {order}, {amount} each. What can I tell her?
            --
            order {order} is paid twice, the first time your page showed an error. can you return {amount}?
        """,
        thread=(
            note(
                """
                Gateway has both: the first timed out on our side but the bank took it. Refund ordered for the first.
                """
            ),
            agent(
                """
                I can see both payments. The first one ended at the bank after our page had given up waiting, so the
                shop never heard of it. I have ordered the refund of {amount}; it takes up to two working days. Please
                do not refund anything in the panel as well. Could you tell me when it arrives?
                --
                You were right not to touch anything. The return is made by us, from the payment gateway, and it is on
                its way. Please let me know once your customer sees the money.
                """,
                asks=True,
            ),
            requester(
                """
                She has it, thank you. That was quick.
                --
                Nothing yet, it has been two days now.
                """,
                after=(600, 2900),
            ),
            agent(
                """
                Glad to hear it. We have also made the payment page wait longer for the bank, so it should be rarer.
                --
                The gateway sent it yesterday at {time}. Some banks book it the next morning. If it is not there by
                noon tomorrow, write one word here and I will call them.
                """
            ),
        ),
        hold="""
            Waiting for the payment gateway to confirm the refund
        """,
        priorities=(0, 48, 42, 10),
    ),
    billing(
        "card_refund_en",
        language="en",
        subjects="""
            Refund not on the card after 10 days
            Where is my refund for order {order}?
            {amount} not returned yet
            Card refund, order {order}, still nothing
            Refund promised {date}, not received
        """,
        audience="buyer",
        written="""
            I returned "{product}" from order {order} and the shop {shop} says the refund of {amount} was sent on {date}.
            There is nothing on my card. The shop tells me to ask the payment provider, and here I am.
            --
            It has been days and days since {shop} confirmed my refund ({amount}, order {order}). My bank sees nothing.
            Could somebody please give me a reference number that my bank can look for?
        """,
        chat="""
            my refund for {order} still isn't here after 10 days, who do I ask?
        """,
        thread=(
            note(
                """
                Refund left the gateway on {date}, has an ARN. The card ends differently from what the buyer says, he
                may have had it replaced.
                """
            ),
            agent(
                """
                The refund of {amount} left us on {date}. It went to the card that paid, and I can see that this card
                has been replaced since. In that case the bank keeps the money on an internal account until it is
                asked. Please give them this reference: ARN 7412{order}66{order2}. Did they find it?
                """,
                asks=True,
            ),
            requester(
                """
                =found They found it within a minute with that number. Thank you!
                --
                =paper The bank needs a confirmation on paper with your stamp. Can you send a PDF?
                """,
                after=(300, 2900),
            ),
            agent(
                """
                =found That is good news. Enjoy the rest of the day.
                --
                =paper Of course, the confirmation is attached. It carries the amount, the date and the reference number.
                """
            ),
        ),
        files=(File("refund-{order}.pdf", "transfer_pdf", at=4, label="paper"),),
        hold="""
            Asked the gateway for the ARN
        """,
    ),
    billing(
        "wrong_nip_pl",
        language="pl",
        subjects="""
            =nip Zły NIP na fakturze {invoice}
            Korekta faktury {invoice}
            Prośba o korektę danych nabywcy
            =nazwa Faktura na starą nazwę firmy
            =nip Proszę poprawić NIP ({nip})
            Korekta za {month}, zamówienie {order}
        """,
        written="""
            =nip Na fakturze {invoice} jest nieprawidłowy NIP, prawidłowy to {nip}. To moja pomyłka przy zamówieniu abonamentu.
            Czy wystarczy nota korygująca z naszej strony, czy wystawią Państwo korektę?
            --
            =nazwa Zmieniliśmy nazwę firmy w styczniu, a Państwa faktura {invoice} przyszła jeszcze na starą. Prosimy o korektę
            i o zmianę danych na przyszłość. NIP bez zmian: {nip}.
            --
            =nip ~zly nip na fakturze {invoice}, ma byc {nip}. prosze o korekte
        """,
        thread=(
            agent(
                """
                =nip dziękuję za zgłoszenie. Ponieważ błędny jest NIP nabywcy, notą się tego nie poprawi, wystawimy korektę.
                Żeby była od razu dobra, proszę o potwierdzenie pełnej nazwy i adresu firmy.
                --
                =nazwa dane na przyszłość już poprawi[łem|łam]. Do korekty potrzebuję jeszcze potwierdzenia adresu: czy nadal
                jest to {city}, czy przeniosła się też siedziba?
                """,
                asks=True,
            ),
            requester(
                """
                Adres bez zmian, {city}, nazwa: {org}. Dziękuję.
                --
                Potwierdzam adres. Proszę o wysłanie korekty także do biura rachunkowego, mają Państwo ich adres w panelu.
                """
            ),
            agent(
                """
                w załączniku korekta do faktury {invoice}. Następne faktury wyjdą już z właściwymi danymi.
                --
                korekta jest gotowa, przesyłam w załączniku i w kopii do biura rachunkowego.
                """
            ),
        ),
        files=(File("korekta-{order}.pdf", "invoice_pdf", at=3),),
        priorities=(22, 72, 6, 0),
    ),
    billing(
        "two_plans_en",
        language="en",
        subjects="""
            Charged for two plans in {month}
            We pay for Shop Start and Shop Plus at once
            Subscription billed twice, {shop}
            Wrong amount on invoice {invoice}
            Upgrade to Shop Plus billed on top of the old plan
        """,
        written="""
            We moved from Shop Start to Shop Plus on {date}. The invoice for {month} has both, {amount} in total. I
            understood the old plan ends when the new one begins. Could you check {invoice}, please?
            --
            Either I misread your price list or you charged us twice. {invoice} lists Shop Start and Shop Plus for the
            same month. We have one shop.
        """,
        phone="""
            {to_name} of {shop} called about {invoice}: two plans on one invoice after the upgrade. Polite, wants a
            corrected invoice before the 20th because of VAT.
        """,
        thread=(
            note(
                """
                The upgrade was made by hand by sales on {date}, and the old plan was not closed. Credit note it is.
                """
            ),
            agent(
                """
                You read it right, this is our mistake: the old plan was left open when you upgraded. I have closed it
                as of {date}. You get a credit note; would you like the money back to your account or taken off the
                next invoice?
                """,
                asks=True,
            ),
            requester(
                """
                Off the next invoice is fine. Thanks.
                --
                Back to the account, please, we close the quarter this month.
                """
            ),
            agent(
                """
                Done, the credit note is attached and in your panel under Invoices.
                """
            ),
        ),
        files=(File("credit-note-{order}.pdf", "invoice_pdf", at=4),),
    ),
    billing(
        "payout_missing_pl",
        language="pl",
        subjects="""
            Brak wypłaty z płatności za {date}
            Nie dotarła wypłata {sum}
            Gdzie są nasze pieniądze? Wypłata z {date}
            Wypłata wstrzymana, {shop}
            brak przelewu od 3 dni
            =konto Wypłaty po zmianie numeru konta
        """,
        written="""
            Wypłata {sum} z {date} nie dotarła na nasze konto. W panelu ma status „wysłana”. Zawsze przychodziła
            następnego dnia. Mamy do opłacenia dostawcę i bez tych pieniędzy nie ruszymy.
            --
            =konto Zmieniliśmy numer konta bankowego i od tego czasu nie dostaliśmy żadnej wypłaty. Na starym koncie też nic
            nie ma, bo je zamknęliśmy. Brakuje nam już {sum}. Proszę o pilny kontakt!
            --
            ~gdzie wyplata??? trzeci dzien czekam, {sum}
        """,
        phone="""
            =konto {to_name} ({shop}) pyta o wypłatę {sum} z {date}. Konto zmieniane niedawno. Głos spokojny, ale sprawa
            poważna: za trzy dni ZUS. Oddzwonić jeszcze dziś.
        """,
        thread=(
            note(
                """
                =konto Przelew wrócił z banku jako „rachunek zamknięty”. Nowe konto czeka na weryfikację grosikiem, nikt go nie
                potwierdził. @{mate}, rzucisz okiem, czy to wszystko?
                --
                Wypłata wyszła wczoraj ostatnią sesją, w banku klienta powinna być najdalej jutro rano.
                """
            ),
            agent(
                """
                =konto wypłata wróciła do nas, bo stare konto jest już zamknięte. Żebyśmy mogli ją wysłać ponownie, trzeba
                potwierdzić nowy numer: wysłaliśmy na nie przelew na 1 grosz, w tytule jest kod. Proszę wpisać ten
                kod w panelu (Płatności, Konto do wypłat) i dać mi znać, wypchnę przelew jeszcze dziś.
                --
                rozumiem, że sprawa jest pilna. Pieniądze są u nas, nic nie zginęło. Proszę tylko sprawdzić, czy
                ostatnie cztery cyfry konta w panelu są właściwe, i odpisać „tak”. Puszczę przelew najbliższą sesją.
                """,
                after=(10, 120),
                asks=True,
            ),
            requester(
                """
                =konto Kod wpisany. Proszę o wysłanie.
                --
                Tak, cyfry się zgadzają.
                """,
                after=(5, 200),
            ),
            agent(
                """
                przelew na {sum} wyszedł o {time}, powinien być na koncie w następnej sesji banku.
                --
                wysłane. Kolejne wypłaty pójdą już same na nowe konto.
                """,
                after=(5, 90),
            ),
        ),
        hold="""
            Przelew wrócił z banku, czekamy na księgowość
            Czekamy na potwierdzenie sesji Elixir
        """,
        priorities=(0, 35, 50, 15),
    ),
    billing(
        "payout_report_en",
        language="en",
        subjects="""
            =sum Payout report for {month} does not add up
            =sum {amount} missing in the payout report
            =sum Fees in the payout CSV are wrong?
            =sum Question about commissions, {shop}
            =columns Payout report {month}: two columns swapped
            =columns Gross and net mixed up in the CSV for {month}
            Payout CSV of {shop}, {month}
        """,
        written="""
            =sum I compared the payout report for {month} with our bank statement, and the sum differs by {amount}. I think
            the refunds are counted twice, once as a negative sale and once as a fee. The CSV is attached, see the rows
            of {date}.
            --
            =columns In the payout CSV the columns "gross" and "net" seem to be swapped since the beginning of {month}. Our
            accountant's import choked on it. Was that planned? If yes, a word of warning would have been nice.
        """,
        thread=(
            note(
                """
                =sum Recalculated with the attached file: the customer is right, {count} refunds sit in both columns. Gave
                it to @{dev}.
                """
            ),
            agent(
                """
                =sum You are right and thank you for pointing at the rows, that saved us a lot of time. The payouts were
                correct, the report was not: refunds appear in two columns. A corrected report will be in your panel
                tomorrow morning. Could you run your check on it?
                --
                =columns No, it was not planned, and I am sorry about your accountant's morning. Net and gross changed
                places with our last release. They are back where they belong; could you download {month} again and
                tell me if the import takes it?
                """,
                asks=True,
            ),
            requester(
                """
                =sum Checked, it matches to the grosz now.
                --
                =sum_rest Better, but the total of {date} is still off by one refund (order {order}).
                --
                =columns Imported without a murmur, thank you.
                """
            ),
            agent(
                """
                =sum Thank you for checking so carefully. The fix covers all shops, so others profit from your patience.
                --
                =sum_rest That one was refunded at five past midnight, so it belongs to the next day's payout. I know it is
                confusing, so the report will say it from now on.
                --
                =columns Good. Next time a change in that file will be announced two weeks ahead, I have asked for it.
                """
            ),
        ),
        files=(File("payouts-{order}.csv", "payouts_csv"),),
        hold="""
            Report being recalculated by the platform team
        """,
    ),
    billing(
        "vat_rate_pl",
        language="pl",
        subjects="""
            =jedna Zła stawka VAT na książkach, {shop}
            =jedna Sklep nalicza 23% zamiast 5%, faktura {invoice}
            =hurt Stawka VAT na książki i e-booki
            =klik Jak zmienić VAT dla całej kategorii?
            =klik Hurtowa zmiana VAT, {shop}
            =hurt {count} e-booków z VAT 23%
            VAT w sklepie {shop}
            =jedna VAT na paragonach od {date}
        """,
        written="""
            =jedna Przy książkach sklep nalicza 23% VAT, a powinno być 5%. Zauważyła to księgowa, sprzedaliśmy tak
            już {count} sztuk. Jak to poprawić wstecz?
            --
            =hurt Sprzedajemy też książki. Po ostatniej zmianie szablonu wszystkie e-booki mają 23%. Mam ich dziewięćset
            i nie będę tego klikać po jednym. Da się to zmienić hurtem?
        """,
        chat="""
            =klik dzień dobry, jak zmienić stawkę vat dla całej kategorii naraz?
        """,
        thread=(
            agent(
                """
                stawkę dla całej kategorii zmienia się w miejscu Produkty, Kategorie, „Stawka VAT”, a potem „Zastosuj do
                produktów”. Dla sprzedaży sprzed zmiany potrzebne będą korekty, ale możemy je wystawić zbiorczo. Czy mam
                przygotować ich listę do sprawdzenia?
                --
                =hurt przygotowa[łem|łam] zmianę hurtową, ale jej jeszcze nie uruchomi[łem|łam]. W załączniku jest lista
                produktów, których dotyczy. Proszę przejrzeć i napisać, czy wszystko się zgadza.
                """,
                asks=True,
            ),
            requester(
                """
                =hurt Przejrzane z księgową, zgadza się poza „{product}”, to zostaje na 23%.
                --
                Tak, poproszę listę. Do piątku wystarczy.
                """
            ),
            agent(
                """
                zmiana wykonana, nowe zamówienia mają już właściwą stawkę. Korekty są w panelu, w Fakturach, jako robocze:
                wyjdą dopiero po <Pana|Pani> zatwierdzeniu.
                """
            ),
        ),
        files=(File("stawki-vat.csv", "products_csv", at=1, label="hurt"),),
    ),
    billing(
        "proforma_pl",
        language="pl",
        subjects="""
            Opłacona proforma, a sklep nadal wstrzymany
            Sklep {shop} nie działa mimo wpłaty
            Proforma za {month} opłacona
            Prosimy o odblokowanie sklepu, wpłata {amount}
            Wpłata {amount} - potwierdzenie przelewu
        """,
        written="""
            {Day} opłaciliśmy proformę ({amount}), a sklep nadal pokazuje „chwilowo niedostępny”. W załączeniu potwierdzenie
            przelewu. Tracimy sprzedaż, proszę o włączenie.
            --
            Przelew poszedł {day} o {time}, z mojego konta zszedł od razu. Sklep dalej wyłączony. Jutro mamy kiermasz
            i cały ruch idzie z plakatów do sklepu!
        """,
        phone="""
            {to_name}: proforma opłacona, sklep {shop} stoi. Mówi, że w tytule przelewu wpisa<ł|ła> nazwę firmy zamiast
            numeru proformy. Sprawdzić w niezidentyfikowanych wpłatach.
        """,
        thread=(
            note(
                """
                Wpłata jest, bez numeru proformy w tytule, więc nie przypisała się sama. Przypisana ręcznie, sklep włączony.
                """
            ),
            agent(
                """
                znala[złem|złam] wpłatę: w tytule nie było numeru proformy i system jej nie rozpoznał. Przypisa[łem|łam]
                ją ręcznie, sklep działa od kilku minut. Proszę odświeżyć stronę i dać znać, czy u <Pana|Pani> też.
                --
                sklep jest już włączony. Na przyszłość: przelew z numerem proformy w tytule włącza sklep sam, w ciągu
                kwadransa, także w nocy. Czy wszystko widać?
                """,
                after=(5, 60),
                asks=True,
            ),
            requester(
                """
                Działa! Dziękuję za szybką reakcję.
                --
                Strona główna jest, ale koszyk pokazuje „płatności niedostępne”.
                """,
                after=(3, 90),
            ),
            agent(
                """
                świetnie, udanej sprzedaży.
                --
                płatności włączają się osobno, zapomnia[łem|łam] o tym kroku, przepraszam. Teraz powinno być dobrze,
                przeszła już moja próbna wpłata na 1 zł.
                """,
                after=(3, 40),
            ),
        ),
        files=(File("potwierdzenie-przelewu-{order}.pdf", "transfer_pdf", share=0.6),),
        priorities=(0, 30, 50, 20),
    ),
    billing(
        "reminder_paid_pl",
        language="pl",
        subjects="""
            Wezwanie do zapłaty, a faktura zapłacona!
            {invoice} opłacona {date}
            Dlaczego straszycie mnie windykacją?
            Monit za {month} - niesłuszny
            Rozliczenie salda, {shop}
        """,
        written="""
            [Dostałem|Dostałam] wezwanie do zapłaty za {invoice} na {amount}. [Zapłaciłem|Zapłaciłam] ją {date}, trzy dni przed terminem. Od
            sześciu lat płacę wszystko na czas i takie pismo mnie po prostu obraża. Oczekuję wyjaśnienia.
            --
            ~ZAPLACONE {date}. prosze mnie nie nękać.
            --
            Prosimy o uzgodnienie salda. Według naszych ksiąg {invoice} na {amount} została uregulowana {date}, a od
            Państwa przyszedł monit. Wyciąg w załączniku.
        """,
        thread=(
            note(
                """
                Wpłata zaksięgowana na bliźniaczej firmie tego samego właściciela, stąd monit. Przeksięgowane.
                --
                Monity poszły w nocy, a wyciąg bankowy wczytał się dopiero rano. Znów ta sama kolejność. @{dev}, do
                poprawy.
                """
            ),
            agent(
                """
                ma <Pan|Pani> rację i bardzo przepraszam. Wpłata była na czas, u nas trafiła do niewłaściwego rozliczenia.
                Saldo wynosi zero, monit jest anulowany, a odsetek nigdy nie naliczyliśmy.
                --
                przepraszam, to nasz błąd. Monity wyszły w nocy, zanim wczytał się wyciąg z banku. Państwa saldo wynosi 0 zł.
                Zmieniamy kolejność, żeby nikt więcej nie dostał takiego pisma po zapłacie.
                """
            ),
        ),
        files=(File("wyciag-{order}.pdf", "transfer_pdf", share=0.4),),
        priorities=(5, 75, 20, 0),
    ),
    billing(
        "vat_eu_en",
        language="en",
        subjects="""
            =nip Invoice to Germany shows 23% VAT
            =nip Reverse charge for an EU customer, order {order}
            VAT on sales to {city} and abroad
            =oss OSS: which VAT does the shop use?
            =nip 0% VAT for a company, order {order}
            =oss OSS in {shop}
        """,
        written="""
            =nip A company from Leipzig bought "{product}" from us (order {order}) and gave a valid EU VAT number, but the
            invoice carries 23% Polish VAT. They refuse to pay {amount} until it is corrected to 0%.
            --
            =oss We are over the 10,000 euro limit and have registered for OSS. Where do I tell the shop to use the buyer's
            country rate? I found a switch but I am afraid to touch it in the middle of the month.
        """,
        thread=(
            agent(
                """
                =nip The shop checks the number in VIES at the moment of the order. For {order} VIES did not answer, so the
                safe rate was used. You can repeat the check in the order (three dots, "Check VAT number"), then
                correct the invoice with one click. Does it show the number as valid now?
                --
                =oss The switch is the right one: Settings, Taxes, "OSS". It works from the next order on and never changes
                old ones, so the middle of the month is no problem. Would you like me to look at the settings with you?
                """,
                asks=True,
            ),
            requester(
                """
                =nip Yes, valid now, and the corrected invoice looks right. The customer has paid.
                --
                =oss Please do look, I would sleep better.
                """
            ),
            agent(
                """
                =nip Very good, then I close this one.
                --
                =oss I looked: country rates are right, the threshold date is set, and a test order to Vienna gets 20%.
                Sleep well.
                """
            ),
        ),
        priorities=(15, 78, 7, 0),
    ),
    billing(
        "cash_register_pl",
        language="pl",
        subjects="""
            Kasa online nie drukuje paragonów ze sklepu
            Paragony z zamówień {order} i {order2} nie poszły na kasę
            Drukarka fiskalna - brak połączenia
            paragony fiskalne stoją od rana
            Kasa fiskalna w sklepie {shop}, prośba o pomoc
        """,
        written="""
            Od rana zamówienia ze sklepu nie trafiają na kasę online. Zwykłe paragony z lady drukuje normalnie. Mam już
            {count} zamówień bez paragonu, zaczyna się od {order}. Niczego nie zmienialiśmy, serwisant od kasy mówi, że
            to po stronie sklepu.
            --
            ~kasa nie drukuje paragonow internetowych. restart nie pomogl. prosze o telefon
        """,
        phone="""
            {to_name}, {shop}: kasa nie bierze zamówień internetowych od rana, lada działa. Restart zrobiony dwa razy.
            Przy kasie ktoś będzie do 17:00.
        """,
        thread=(
            note(
                """
                W panelu kasa ma stary klucz, ktoś {day} wymienił go w ustawieniach bramki. Wystarczy sparować ponownie.
                """
            ),
            agent(
                """
                kasa straciła połączenie, bo {day} zmieniono klucz w ustawieniach sklepu. Proszę wejść w Sprzedaż, Kasa,
                „Sparuj ponownie” i wpisać sześć cyfr, które pokaże kasa. Zaległe paragony wydrukują się same, w dobrej
                kolejności. Uda się, czy mam zadzwonić?
                """,
                after=(10, 100),
                asks=True,
            ),
            requester(
                """
                Sparowane, drukuje jak szalona. Dziękuję.
                --
                Nie mam w menu pozycji „Kasa”. Proszę o telefon.
                """,
                after=(5, 240),
            ),
            agent(
                """
                cudownie, proszę tylko dołożyć rolkę, bo zaległych jest {count}.
                --
                zgodnie z rozmową: konto nie miało uprawnienia do sprzedaży, już je nada[łem|łam]. Paragony poszły.
                """
            ),
        ),
        priorities=(0, 40, 48, 12),
    ),
)
