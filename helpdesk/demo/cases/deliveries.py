"""Deliveries: parcels, couriers, labels, returns. Many of these are written by people who bought something."""

from functools import partial

from helpdesk.demo.cases import File, agent, case, note, requester

deliveries = partial(case, queue="deliveries")

CASES = (
    deliveries(
        "labels_a4_en",
        language="en",
        subjects="""
            Parcel labels print on A4 instead of A6
            Labels suddenly too big
            {courier} labels: one label per A4 sheet
            Label size changed since {date}
            Printing labels for {count} parcels wastes a ream of paper
        """,
        written="""
            Since {date} every {courier} label comes out on a full A4 page, with the label in the corner. Our label printer
            takes A6 only and cuts the barcode in half. {count} parcels are waiting for tomorrow's pick-up.
            --
            I did not change anything, and our labels are A4 now. I have set A6 in the printer, in the browser and in
            your panel. What else can one set?
        """,
        chat="""
            labels print a4 not a6, courier comes in an hour, any quick trick?
        """,
        thread=(
            note(
                """
                {courier} changed the default format in their API on {date}, we do not send one. Workaround: "A6" in the
                courier's own settings. @{dev} sends it explicitly from tomorrow.
                --
                Same API change. Their shop uses two couriers and only one is affected.
                """
            ),
            agent(
                """
                {courier} changed its default on {date}. Please open Settings, Deliveries, {courier}, choose "A6 (thermal)"
                even if it looks chosen already, and save. Then print one label as a test. Does it fit?
                --
                You did nothing wrong, the courier changed its side. I have forced A6 for your shop just now. Please
                make one label again (old ones keep their size) and tell me what comes out.
                """,
                after=(5, 70),
                asks=True,
            ),
            requester(
                """
                It fits, thanks. Choosing what is already chosen did the trick, of all things.
                --
                New labels are fine. Can the {count} old ones be made again without paying twice?
                """,
                after=(5, 200),
            ),
            agent(
                """
                Glad it works. From tomorrow it will not matter what is chosen there.
                --
                Yes: mark them in the list and choose "Print again". Only a new parcel number costs money, the same
                number never does.
                """
            ),
        ),
        files=(File("label-{parcel}.pdf", "label_pdf", share=0.6),),
        priorities=(2, 60, 33, 5),
    ),
    deliveries(
        "labels_pl",
        language="pl",
        subjects="""
            Etykiety drukują się na A4 zamiast A6
            Etykieta {courier} za duża
            Złe etykiety, odbiór o {time}
            etykiety na pół strony
            Drukarka etykiet i {courier}
            Kod kreskowy ucięty na etykiecie
        """,
        written="""
            {Since} etykiety {courier} wychodzą na całej kartce A4, a nasza drukarka przyjmuje tylko A6 i ucina kod
            kreskowy. Kurier odmówił zabrania {count} paczek. W ustawieniach jest A6, [sprawdzałem|sprawdzałam] trzy razy.
            --
            ~etykiety a4!!! wczoraj byly a6. drukarka ta sama. kurier jest o {time}
            --
            Pakuję [sam|sama] i wszystko robię na jednej drukarce etykiet. Dziś etykieta wychodzi w lewym górnym rogu
            wielkiej strony, reszta leci w powietrze. W załączniku plik, który [pobrałem|pobrałam] z panelu.
        """,
        chat="""
            dzień dobry, etykiety drukują mi się na a4, a powinny na a6
        """,
        phone="""
            {to_name}, {shop}: etykiety A4 zamiast A6, {count} paczek czeka. Poda<ł|ła> numer {parcel}. Poprowadzi[łem|łam]
            przez ustawienia, na razie bez skutku.
        """,
        thread=(
            note(
                """
                Kurier ({courier}) zmienił {date} domyślny format u siebie, a my go nie wysyłamy. Obejście: zapisać A6 ponownie
                w ustawieniach kuriera.
                """
            ),
            agent(
                """
                to zmiana po stronie firmy {courier}. Proszę wejść w Ustawienia, Dostawy, {courier}, wybrać „A6
                (termiczna)”, choć wygląda na wybrane, i zapisać. Potem jedna etykieta na próbę. Czy teraz się mieści?
                --
                wymusi[łem|łam] A6 dla Państwa sklepu. Stare etykiety zostaną w A4, ale można je wydrukować ponownie bez
                opłaty: zaznaczyć na liście i „Drukuj jeszcze raz”. Proszę dać znać, czy wyszło.
                """,
                after=(4, 60),
                asks=True,
            ),
            requester(
                """
                Pomogło! Kurier poczekał, paczki pojechały.
                --
                Wymiar dobry, ale druk jest bardzo blady, kod się nie skanuje.
                """,
                after=(4, 150),
            ),
            agent(
                """
                pozdrowienia dla kuriera. Od jutra format będziemy wysyłać sami, więc to się nie powtórzy.
                --
                blady druk to zwykle głowica albo zły rodzaj papieru. Proszę w sterowniku podnieść „Darkness” do 12. Jeśli
                nie pomoże, przetrzeć głowicę patyczkiem ze spirytusem, po wyłączeniu drukarki.
                """
            ),
        ),
        files=(File("etykieta-{parcel}.pdf", "label_pdf", share=0.5),),
        priorities=(0, 50, 42, 8),
        weight=1.2,
    ),
    deliveries(
        "where_is_parcel_pl",
        language="pl",
        audience="buyer",
        subjects="""
            Gdzie jest moja paczka? Zamówienie {order}
            Paczka {parcel} stoi w miejscu
            zamówienie {order} - kiedy dojdzie
            Brak przesyłki, sklep {shop}
            Zamówienie {order}, gdzie ono jest?
            =prezent Czekam na przesyłkę: {product}, nr zamówienia {order}
        """,
        written="""
            =prezent Zamówi[łem|łam] w sklepie {shop} „{product}”, numer zamówienia {order}. Według śledzenia paczka {parcel} od {date}
            jest „w sortowni” i nic się nie zmienia. To miał być prezent. Czy ona w ogóle jeszcze istnieje?
            --
            ~kiedy dojdzie paczka {order}? [placilem|placilam] z gory i cisza
            --
            Sklep {shop} twierdzi, że wysłał, kurier twierdzi, że nie dostał. Ja mam tylko numer {parcel} i pusty
            przedpokój. Proszę, żeby ktoś to wreszcie sprawdził.
        """,
        chat="""
            hej, gdzie moja paczka? zamówienie {order}
            --
            dzień dobry, numer {parcel} nie rusza się od {date}, co się dzieje?
            --
            paczka miała być wczoraj, jest dzisiaj, a jej nie ma :(
        """,
        thread=(
            note(
                """
                U kuriera ostatni skan {date}, sortownia {city}. Zgłoszone jako opóźnione, odpowiedź do 24 h.
                --
                Paczka leży w sortowni {city} z uszkodzoną etykietą. Sklep musi potwierdzić adres, napisa[łem|łam] do nich.
                """
            ),
            agent(
                """
                sprawdzi[łem|łam] u kuriera: paczka jest w sortowni ({city}), ostatni raz skanowano ją {date}. Zgłosi[łem|łam]
                opóźnienie, przewoźnik odpowiada w ciągu doby. Napiszę, gdy tylko będę coś wiedzieć, nie trzeba dzwonić.
                --
                paczka jest cała, ale etykieta zamokła i kurier nie może odczytać adresu. Proszę o potwierdzenie ulicy,
                numeru i telefonu, przekażę je do sortowni ({city}).
                """,
                asks=True,
            ),
            requester(
                """
                Dziękuję, że ktoś w ogóle odpisał. Właśnie przyszła! Cała i zdrowa.
                --
                ul. Lipowa 8 m. 3, telefon taki sam jak w zamówieniu. Będę w domu do 15.
                """,
                after=(60, 1500),
            ),
            agent(
                """
                bardzo się cieszę. Niech się dobrze sprawuje.
                --
                przekazane. Kurier ma dostarczyć jutro, przed przyjazdem zadzwoni.
                """
            ),
        ),
        hold="""
            Reklamacja u kuriera, odpowiedź do 24 h
            Czekamy na sortownię
        """,
        priorities=(4, 76, 18, 2),
        weight=1.8,
    ),
    deliveries(
        "where_is_parcel_en",
        language="en",
        audience="buyer",
        subjects="""
            Where is my order {order}?
            =slow Parcel {parcel} has not moved since {date}
            =slow Still waiting for "{product}"
            =here Delivered? I have nothing here (order {order})
            {shop}: no parcel, no answer
        """,
        written="""
            =here The tracking says that parcel {parcel} was delivered {day} at {time}, but I was at home and nobody came. My
            neighbours have nothing either. The order is {order} from {shop}.
            --
            =slow My order {order} has been "on its way" since {date}. I do not want to be difficult, I just need it
            before Saturday's birthday.
        """,
        chat="""
            =slow hi! any news on order {order}? tracking is stuck
            --
            =here my parcel says delivered but it is not here. help?
        """,
        thread=(
            note(
                """
                Courier's photo shows a blue door; the address has 14A. Probably left at number 14.
                --
                =slow Missed the connection in {city}, next van is on Wednesday.
                """
            ),
            agent(
                """
                I asked the courier for the delivery photo: it shows a blue door with number 14. Is that your neighbour's
                by any chance? If not, I will start a claim today, and the shop will send a new one.
                --
                =slow It missed its connection in {city} and goes on tomorrow, so it should reach you within two days. If
                Saturday becomes tight, I will ask the shop to send a second one by express. What is the latest day
                that works for you?
                """,
                asks=True,
            ),
            requester(
                """
                That is the house behind ours! I have it now. Thank you for asking for the photo.
                --
                =slow Friday evening is fine.
                """
            ),
            agent(
                """
                Wonderful. I asked the courier to note 14A for the next time.
                --
                =slow It is out for delivery today. Happy birthday to whom it may concern.
                """
            ),
        ),
        hold="""
            Claim with the courier, answer within 24 h
        """,
        weight=1.3,
    ),
    deliveries(
        "no_pickup_pl",
        language="pl",
        subjects="""
            Kurier nie przyjechał po odbiór
            {count} paczek czeka, kurier się nie pojawił
            Brak odbioru {date}
            Zamówiony podjazd kuriera - nikogo nie było
            kurier znowu nie przyjechał
        """,
        written="""
            Odbiór był zamówiony na {time}, czekaliśmy do zamknięcia i nikt nie przyjechał. {count} paczek stoi, część
            z gwarancją „jutro u Ciebie”. To trzeci raz w tym miesiącu.
            --
            ~kurier {courier} znowu nie przyjechal. kto za to odpowiada bo klienci wala do mnie jak w bęben
            --
            W panelu odbiór z {date} ma status „zrealizowany”, tymczasem nikogo u nas nie było, mamy monitoring. Proszę
            o interwencję i nowy termin.
        """,
        phone="""
            {to_name}, {shop}: kurier ({courier}) nie podjechał, {count} paczek. Prosi, żeby ktoś zadzwonił do przewoźnika w imieniu
            sklepu, bo infolinia odsyła do nas. Obieca[łem|łam] telefon zwrotny przed 16:00.
        """,
        thread=(
            note(
                """
                Oddział {city} potwierdza: kierowca chory, trasa bez obsady. Nowy odbiór wpisany na jutro 9-11.
                """
            ),
            agent(
                """
                rozmawia[łem|łam] z oddziałem {courier}: trasa została bez kierowcy. Nowy odbiór jest jutro między 9 a 11,
                z numerem do dyspozytora. Przesyłki z gwarancją terminu dostaną zwrot opłaty, zgłoszę je za Państwa.
                Proszę o znak, gdy kurier odbierze.
                --
                przepraszam za kłopot. Poprosi[łem|łam] o podjazd awaryjny jutro przed południem. Jeśli do 11:00 nikogo
                nie będzie, proszę tu odpisać, zadzwonię do kierownika oddziału.
                """,
                asks=True,
            ),
            requester(
                """
                Odebrał o {time}, wszystko zabrał. Dziękuję za pomoc.
                --
                Jest po jedenastej i nikogo.
                """,
                after=(900, 1500),
            ),
            agent(
                """
                dziękuję za wiadomość. O zwrot opłaty już wystąpi[łem|łam].
                --
                kierownik oddziału obiecał podjazd osobiście, będzie przed 13:00.
                """,
                after=(5, 60),
            ),
        ),
        hold="""
            Czekamy na oddział kuriera
            Reklamacja terminu u przewoźnika
        """,
        priorities=(0, 48, 45, 7),
    ),
    deliveries(
        "damaged_pl",
        language="pl",
        audience="buyer",
        subjects="""
            Uszkodzona paczka, zamówienie {order}
            Stłuczona zawartość: {product}
            Reklamacja przesyłki {parcel}
            Paczka przyszła zgnieciona
            {shop} - towar potłuczony w transporcie
        """,
        written="""
            Otrzyma[łem|łam] dziś zamówienie {order}. Karton zgnieciony z boku, w środku „{product}” w kawałkach. Kurier
            uciekł, zanim [zdążyłem|zdążyłam] otworzyć. Zdjęcia w załączniku. Proszę o nowy egzemplarz, nie o zwrot pieniędzy.
            --
            ~przyszlo rozbite. zamowienie {order}. zdjecie w zalaczniku. co dalej
            --
            Reklamuję przesyłkę {parcel}. Folia bąbelkowa była tylko z jednej strony, więc nie winię kuriera, tylko
            pakowanie. Sklep {shop} nie odpowiada mi od {date}.
        """,
        chat="""
            paczka {order} przyszła potłuczona, mam zdjęcia, komu wysłać?
        """,
        thread=(
            note(
                """
                Zdjęcia przekazane do sklepu. Sklep wysyła nową sztukę, protokół szkody spisze z kurierem.
                """
            ),
            agent(
                """
                bardzo mi przykro. Przekaza[łem|łam] zdjęcia do sklepu {shop}, nowy egzemplarz wyjdzie jutro. Proszę
                zachować karton i kawałki przez tydzień, kurier może chcieć je obejrzeć. Czy adres dostawy jest ten sam?
                """,
                asks=True,
            ),
            requester(
                """
                Tak, ten sam. Dziękuję, to miłe.
                --
                Adres ten sam, ale proszę o dostawę po 16, pracuję.
                """
            ),
            agent(
                """
                nowa paczka ma numer {parcel2}, śledzenie ruszy wieczorem.
                --
                dopisa[łem|łam] godzinę. Nowa paczka: {parcel2}.
                """
            ),
        ),
        files=(File("uszkodzenie-{order}.png", "parcel_png", share=0.8),),
        priorities=(3, 72, 23, 2),
        weight=1.2,
    ),
    deliveries(
        "cod_settlement_pl",
        language="pl",
        subjects="""
            Nierozliczone pobranie, paczka {parcel}
            Brak przelewu za pobrania z {date}
            Pobranie {amount}, zamówienie {order}
            Rozliczenie pobrań za {month}
            Kurier wziął pieniądze, my ich nie mamy
        """,
        written="""
            Klient zapłacił kurierowi {amount} za zamówienie {order}, ma potwierdzenie. Na nasze konto pieniądze nie
            wpłynęły, a zwykle są po trzech dniach. Numer paczki {parcel}.
            --
            W zestawieniu pobrań za {month} brakuje {count} pozycji na łącznie {sum}. Zestawienie i nasza lista
            w załączniku. Proszę o wyjaśnienie do końca tygodnia, zamykamy miesiąc.
        """,
        thread=(
            note(
                """
                Kurier ({courier}) ma te pobrania w partii zatrzymanej z powodu zmiany numeru konta. Zgłoszone do ich rozliczeń.
                """
            ),
            agent(
                """
                sprawdzi[łem|łam]: kurier ({courier}) zatrzymał partię, w której są te pobrania, bo zmienił się ich numer konta do
                rozliczeń z nami. Wypłata powinna wyjść w ciągu dwóch dni roboczych. Proszę o informację, gdy wpłynie.
                """,
                asks=True,
            ),
            requester(
                """
                Wpłynęło {amount}, zgadza się. Dziękuję.
                --
                Wpłynęło, ale o 12,50 zł za mało.
                """,
                after=(1200, 4000),
            ),
            agent(
                """
                dziękuję za potwierdzenie.
                --
                12,50 zł to opłata za pobranie powyżej limitu w cenniku firmy {courier}. Jest w umowie, ale w zestawieniu nie
                widać jej wprost, dopiszemy ją.
                """
            ),
        ),
        files=(File("pobrania-{order}.csv", "payouts_csv", share=0.6),),
        hold="""
            Czekamy na dział rozliczeń kuriera
        """,
    ),
    deliveries(
        "locker_redirect_pl",
        language="pl",
        audience="buyer",
        subjects="""
            =inny Paczka przekierowana do innego automatu
            =inny Automat przepełniony, paczka {parcel}
            =kod Skrytka się nie otwiera
            =kod kod odbioru nie działa
            Automat paczkowy, {parcel}
        """,
        written="""
            =inny Mój automat był pełny i paczkę {parcel} przekierowano do innego, 14 km ode mnie. Nie mam samochodu. Czy można
            ją wrócić do tego, który [wybrałem|wybrałam]?
            --
            =kod Kod odbioru z SMS-a jest odrzucany, skrytka się nie otworzyła, a aplikacja pokazuje „odebrano”. W środku
            jest „{product}” z zamówienia {order} za {amount}.
        """,
        chat="""
            =inny przekierowali mi paczkę do automatu na drugim końcu miasta, da się to cofnąć?
            --
            =kod automat zjadł mi paczkę :) kod wpisany, skrytka zamknięta, status odebrane
        """,
        thread=(
            note(
                """
                Zwolniła się skrytka w pierwszym automacie, dyspozytor przestawia paczkę dziś w nocy.
                --
                =kod Serwis automatu: rygiel zaciął się o {time}. Skrytka otwarta zdalnie, paczka jest w środku.
                """
            ),
            agent(
                """
                udało się: w wybranym automacie zwolniła się skrytka i paczka wróci tam w nocy. Nowy kod przyjdzie SMS-em
                rano, termin odbioru liczy się od nowa. Proszę napisać, gdyby SMS nie przyszedł.
                --
                =kod zamek w skrytce się zaciął i automat uznał ją za otwartą. Serwis widzi, że paczka jest w środku. Kiedy
                może <Pan|Pani> podejść? Otworzą ją zdalnie podczas rozmowy.
                """,
                asks=True,
            ),
            requester(
                """
                SMS jest, idę odebrać. Dziękuję!
                --
                =kod Będę tam dziś o 18.
                """
            ),
            agent(
                """
                udanego spaceru.
                --
                =kod umówione na 18:00, zadzwoni do <Pana|Pani> serwis. Proszę mieć przy sobie numer {parcel}.
                """
            ),
        ),
    ),
    deliveries(
        "brother_collects_en",
        language="en",
        audience="buyer",
        subjects="""
            =brother Can my brother collect the parcel?
            Someone else picking up order {order}
            Collection by another person, {parcel}
            =friend I am abroad, who may collect?
        """,
        written="""
            =brother I am in hospital until Friday and parcel {parcel} has to be collected by then. Can my brother do it? Does he need
            anything signed?
            --
            =friend I ordered "{product}" for collection at the point ({city}), order {order}, but I have to travel. May a friend
            take it with the code only?
        """,
        chat="""
            =brother Hi, can my brother collect the parcel for me? order {order}
        """,
        thread=(
            agent(
                """
                Yes. He needs the six-digit code from your text message and nothing else, no signature and no copy of an
                ID. I have also added three days to the deadline, in case he is busy. Is the phone number on the order
                still yours?
                """,
                asks=True,
            ),
            requester(
                """
                Yes, same number. You are very kind.
                --
                No, please send the code to his: it ends with 418, he will write to you from it.
                """
            ),
            agent(
                """
                All set then. Get well soon, or have a good trip, whichever applies.
                --
                For your safety I cannot change the number from a message alone. Please change it in the order with the
                link that you got when you bought; the code goes to the new number at once.
                """
            ),
        ),
        priorities=(22, 74, 4, 0),
    ),
    deliveries(
        "return_label_en",
        language="en",
        audience="buyer",
        subjects="""
            =ret Return label for order {order}
            =ret How do I send "{product}" back?
            =size Wrong size, exchange instead of return?
            =size Exchange of "{product}", order {order}
            =size Order {order}: a size larger, please
            =ret Return form of {shop} does not open
            =ret 14 days: return of order {order}
        """,
        written="""
            =ret I would like to return "{product}" from order {order}. The page with the return form shows an error after I
            enter my order number. I am still within the 14 days, please note the date of this message.
            --
            =size The size is too small. Can {shop} exchange it, or do I have to return it and buy again? The parcel has been
            opened but the thing was not worn.
        """,
        chat="""
            =ret how do i get a return label for order {order}?
        """,
        thread=(
            agent(
                """
                =ret Your date is noted, so take your time. The form did not know orders with more than one parcel; here is
                your return label instead. Stick it over the old one and leave the box at any collection point. Could
                you tell me if the label opens?
                --
                =size You can exchange it. I attach a return label, please write the size you want on the slip inside. The new
                one leaves as soon as yours is scanned at the collection point. Will that do?
                """,
                asks=True,
            ),
            requester(
                """
                =ret It opens, thanks.
                --
                =size Perfect. I have no printer, can the point print it?
                """
            ),
            agent(
                """
                =ret Good. The refund follows within three days of the parcel's arrival.
                --
                =size Yes, tell them the code {parcel2} and they print it for you, free of charge.
                """
            ),
        ),
        files=(File("return-label-{parcel2}.pdf", "label_pdf", at=1),),
    ),
    deliveries(
        "gift_note_en",
        language="en",
        subjects="""
            =note How do I put a gift note on the packing slip?
            =note Gift message missing on the slip, order {order}
            =price Price on the packing slip of a gift
            =price Packing slip: hide prices for gifts
        """,
        written="""
            =note Customers can write a gift message in our checkout, but it is not on the packing slip, so we copy each by hand.
            {count} of them last week. Is there a setting?
            --
            =price Order {order} was a gift and the slip in the box showed the price. The giver was embarrassed and so were we.
            Can prices be left out?
        """,
        chat="""
            =note is there a way to print the gift note on the packing slip?
        """,
        thread=(
            agent(
                """
                There is: Settings, Documents, Packing slip, add the field "Message from the buyer". For orders marked
                as a gift you can tick "without prices" in the same place. Would you try it with one order and tell me
                if the text fits?
                """,
                asks=True,
            ),
            requester(
                """
                Found it, and it fits. My hand thanks you.
                --
                It works, but long messages are cut after two lines.
                """
            ),
            agent(
                """
                Lovely. Enjoy the free afternoon.
                --
                The field has a height, drag its lower edge in the preview. Twelve lines fit on an A5 slip.
                """
            ),
        ),
        priorities=(35, 63, 2, 0),
    ),
    deliveries(
        "customs_en",
        language="en",
        subjects="""
            =cn Customs form for a parcel to Norway
            =cn CN22 missing, parcel {parcel} returned
            =stuck Shipping to Switzerland: which papers?
            =stuck Order {order} stuck in customs
            =cn HS codes for "{product}"
        """,
        written="""
            =cn Our parcel {parcel} to Bergen came back because the customs form was missing. The label was made in your panel like
            all others. Where do we fill it in?
            --
            =stuck Order {order} has been with the Swiss customs since {date}. They ask for an invoice with an HS code and
            the value in francs. The customer writes to us every day.
        """,
        thread=(
            note(
                """
                Products have no weight and no HS code, so no CN22 is made. Panel should warn and does not.
                --
                =stuck Invoice for customs can be made from the order. The HS code is missing in the product.
                """
            ),
            agent(
                """
                The form is made by itself once the product has an HS code and a weight, and yours have neither. I am sorry
                that the panel does not say so when it prints the label. Which product is it? I will look the code up
                with you.
                --
                =stuck I made a customs invoice from your order: value in francs, origin Poland. Please check the line
                "HS code" in the attachment, I put the one for goods like "{product}". If it is right, I send it to the
                courier's customs desk.
                """,
                asks=True,
            ),
            requester(
                """
                It is "{product}", made by ourselves.
                --
                =stuck The code is right, please send it.
                """
            ),
            agent(
                """
                I entered code and weight for it and made a new label with the CN22. The courier carries it again without
                charge, since the panel should have warned you.
                --
                =stuck Sent and confirmed. They expect to release it within two days.
                """
            ),
        ),
        files=(File("customs-invoice-{order}.pdf", "invoice_pdf", at=2, label="stuck"),),
        hold="""
            Parcel with the customs office
        """,
    ),
    deliveries(
        "address_change_pl",
        language="pl",
        audience="buyer",
        subjects="""
            Zmiana adresu dostawy, zamówienie {order}
            Zły adres w zamówieniu {order}
            Literówka w adresie, zamówienie {order}
            Proszę o wysłanie pod inny adres
            =numer pomyłka w numerze domu, {order}
        """,
        written="""
            W zamówieniu {order} wpisa[łem|łam] stary adres. Paczka ma numer {parcel} i podobno już wyjechała. Nowy adres:
            ul. Kwiatowa 12/7, {city}. Czy da się jeszcze coś zrobić?
            --
            =numer ~zly adres w {order}, ma byc ul. ogrodowa 4 a nie 44. pomozcie
        """,
        chat="""
            dzień dobry, da się zmienić adres w zamówieniu {order}? jeszcze nie wysłane
            --
            paczka jedzie na mój stary adres, help
        """,
        thread=(
            agent(
                """
                zdążyliśmy. Kurier ma już nowy adres, dostawa przesunie się o jeden dzień. Dla pewności: czy telefon do
                kontaktu zostaje bez zmian?
                --
                paczka jest w drodze, ale kurier może ją przekierować. Wystarczy kliknąć „Zmień miejsce dostawy” w SMS-ie
                od niego, tego kroku nie mogę zrobić za <Pana|Panią>. Udało się?
                """,
                after=(5, 90),
                asks=True,
            ),
            requester(
                """
                Telefon bez zmian. Serdecznie dziękuję.
                --
                Udało się, będzie w środę.
                """
            ),
            agent(
                """
                świetnie, miłego dnia.
                --
                bardzo dobrze. Zamykam zgłoszenie, w razie czego wystarczy odpisać.
                """
            ),
        ),
        priorities=(5, 60, 32, 3),
    ),
    deliveries(
        "free_shipping_pl",
        language="pl",
        subjects="""
            =prog Darmowa dostawa nie nalicza się
            =prog Próg darmowej wysyłki w sklepie {shop}
            =reguly Dwie reguły dostawy naraz
            =reguly Dostawa gabarytów, {shop}
            =prog Klient zapłacił za dostawę, choć nie powinien
            =prog Koszt dostawy przy kuponie rabatowym
            Reguły dostawy, {shop}
        """,
        written="""
            =prog Mamy darmową dostawę od 200 zł. Zamówienie {order} na {just_over} miało doliczone 14,99 zł. Klientka użyła kuponu,
            ale po kuponie nadal było ponad dwieście. Sprawdzi[łem|łam] na swoim koncie i jest tak samo.
            --
            =reguly Ustawi[łem|łam] dwie reguły dostawy i teraz sklep pokazuje obie naraz, także dla paczek gabarytowych. [Wolałbym|Wolałabym]
            nie wysyłać szafki za darmo do Suwałk.
        """,
        chat="""
            =prog darmowa dostawa od 200 nie łapie przy kuponie, czemu?
        """,
        thread=(
            agent(
                """
                =prog reguła liczy próg od wartości netto, a nie brutto, i stąd różnica. Przełączy[łem|łam] na brutto, proszę
                spróbować jeszcze raz z tym samym kuponem.
                --
                =reguly reguły działają jak warunki z „lub”, wystarczy, że jedna pasuje. Do darmowej dopisa[łem|łam] warunek „do
                20 kg”. Proszę zerknąć, czy koszyk liczy się teraz tak, jak <Pan|Pani> chce.
                """,
                asks=True,
            ),
            requester(
                """
                Teraz liczy dobrze.
                --
                Dobrze, tylko przy odbiorze osobistym też pokazuje koszt.
                """
            ),
            agent(
                """
                dziękuję za sprawdzenie.
                --
                odbiór osobisty nie miał żadnej reguły i brał domyślną. Doda[łem|łam] cenę 0 zł.
                """
            ),
        ),
        priorities=(10, 78, 12, 0),
    ),
    deliveries(
        "tracking_mail_pl",
        language="pl",
        subjects="""
            =brak Klienci nie dostają numerów przesyłek
            =brak Mail ze śledzeniem nie wychodzi
            =null Numer przesyłki w mailu to „null”
            Powiadomienia o wysyłce, {shop}
            =brak brak maila o nadaniu, {order}
        """,
        written="""
            =brak Po nadaniu paczki klient dostawał mail z numerem do śledzenia. {Since} nie dostaje nic, a my odbieramy telefony
            „gdzie moja paczka”, z {count} dziennie.
            --
            =null W mailach o wysyłce zamiast numeru przesyłki jest słowo „null”. Przykład: zamówienie {order}. Wygląda to
            śmiesznie, ale klientom nie jest do śmiechu.
        """,
        thread=(
            note(
                """
                Sklep nadaje paczki w programie kuriera, nie u nas, więc numer wraca dopiero po godzinie, a mail wychodzi
                od razu. Wystarczy przestawić „Wyślij po otrzymaniu numeru”.
                """
            ),
            agent(
                """
                od zmiany sposobu nadawania numer przesyłki przychodzi do sklepu z opóźnieniem, a mail nie czekał na niego.
                Ustawi[łem|łam] „Wyślij po otrzymaniu numeru”. Proszę nadać jedną paczkę i dać znać, czy mail jest pełny.
                """,
                asks=True,
            ),
            requester(
                """
                Przyszedł, numer jest. Dziękuję.
                --
                Numer jest, ale link prowadzi do starej firmy kurierskiej.
                """
            ),
            agent(
                """
                w takim razie zamykam. Za dwa dni zajrzę jeszcze [sam|sama], czy wszystkie maile wychodzą.
                --
                link był wpisany na sztywno w szablonie maila, wstawi[łem|łam] taki, który zmienia się razem z kurierem.
                """
            ),
        ),
    ),
)
