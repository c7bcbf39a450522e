"""Internal IT: laptops, phones, Java and the coffee machine's Wi-Fi. Written by people of the house to people they know."""

from functools import partial

from helpdesk.demo.cases import File, agent, case, note, requester

internal_it = partial(case, queue="internal_it", audience="employee")

CASES = (
    internal_it(
        "java_pl",
        language="pl",
        subjects="""
            =podpis Java do programu urzędowego
            Proszę o instalację Javy ({laptop})
            „Brak środowiska Java”
            =podpis Java na laptopie, do podpisu
            nie mogę zainstalować javy, brak uprawnień
        """,
        written="""
            =podpis Program do podpisywania deklaracji pisze „brak środowiska Java” i nie chce ruszyć. [Sam|Sama] nie zainstaluję, bo pyta
            o hasło administratora. Termin mam jutro.
            --
            Potrzebuję Javy na {laptop}, pokój {room}. Stara wersja się odinstalowała razem z aktualizacją i teraz nie otwiera
            mi się podgląd umów.
        """,
        chat="""
            =podpis hej, zainstalujesz mi javę? potrzebna do podpisu
        """,
        walk_up="""
            {to_name}: Java ({laptop}), do podpisywania deklaracji. Zrobione przy biurku, program działa.
            --
            {to_name} <podszedł|podeszła> po Javę. Zainstalowana wersja 21, przy okazji odblokowany podgląd umów.
            --
            {to_name}: „tylko Javę, minutka”. Wyszło dwanaście minut, bo na dysku nie było miejsca.
            --
            =later {to_name} w przelocie: Java ({laptop}). Nie teraz, zapisuję, żeby nie umknęło.
        """,
        thread=(
            agent(
                """
                wysła[łem|łam] Javę przez Portal Firmowy, powinna zainstalować się sama przy następnym uruchomieniu. Zrestartuj
                komputer i daj znać, czy program wstaje.
                --
                podłączę się zdalnie, zajmie to pięć minut. O której masz chwilę?
                """,
                asks=True,
            ),
            requester(
                """
                Wstaje! Dzięki, deklaracja poszła.
                --
                Teraz, jeśli możesz. Jestem przy biurku.
                """
            ),
            agent(
                """
                super. Następnym razem możesz wziąć Javę [sam|sama] z Portalu Firmowego, jest na liście.
                --
                zrobione, dopisa[łem|łam] Cię do grupy, która dostaje aktualizacje sama.
                """
            ),
        ),
        files=(File("brak-javy.png", "screen_java", share=0.4),),
        priorities=(10, 70, 17, 3),
        weight=1.3,
    ),
    internal_it(
        "java_en",
        language="en",
        subjects="""
            Install Java for me, please
            Java, room {room}
            =after No Java after the update ({laptop})
            =erp Java version too old for the ERP client
        """,
        written="""
            =erp The ERP client says it needs Java 17 or later and my laptop has 8. I have no rights to change it. Room {room}, I am
            there until 15:00.
            --
            =after After the update {day} my reports tool is gone, with a message about a missing "jvm.dll". I think that is Java.
        """,
        chat="""
            could you install java for me? 2 minutes I promise
        """,
        walk_up="""
            Java for {to_name}, {laptop}. Done at the desk.
            --
            {to_name} came for Java, which turned out to be JavaScript switched off in the browser. Done.
            --
            =later {to_name} asked for Java in the corridor ({laptop}). Promised, not done yet.
        """,
        thread=(
            agent(
                """
                I have put it on the list for your laptop, it installs at the next restart. Please restart once and tell me
                whether the program starts.
                """,
                asks=True,
            ),
            requester(
                """
                It starts. Thank you!
                --
                It starts but asks for a licence key now.
                """
            ),
            agent(
                """
                Good.
                --
                That key is on the team page under "ERP client", third line. Close it and open it once more after that.
                """
            ),
        ),
        priorities=(14, 74, 12, 0),
    ),
    internal_it(
        "phone_mail_pl",
        language="pl",
        subjects="""
            Telefon nie odbiera poczty
            Poczta na służbowym telefonie
            {phone_model}: „nie można pobrać wiadomości”
            brak maili w telefonie od {time}
            Poczta w telefonie, {phone_model}
        """,
        written="""
            {Since} telefon ({phone_model}) nie pobiera poczty. Na laptopie przychodzi normalnie. Wczoraj przez to [spóźniłem|spóźniłam] się
            na spotkanie z klientem.
            --
            Zmieni[łem|łam] hasło do komputera i telefon przestał odbierać maile. Pyta o hasło, wpisuję nowe, kręci się i pyta
            znowu.
        """,
        chat="""
            nie mam poczty na telefonie, da się to zrobić zdalnie?
        """,
        phone="""
            {to_name} dzwoni z trasy: brak poczty w telefonie, {phone_model}. Jedzie do klienta i potrzebuje adresu z maila.
            Adres podany, telefon do naprawy po powrocie.
        """,
        walk_up="""
            {to_name}: telefon nie odbiera poczty. Usunięte i dodane konto, działa.
            --
            Poczta w telefonie, naprawiana przy ekspresie do kawy ({to_name}). Trzeba było potwierdzić nowe hasło.
        """,
        thread=(
            note(
                """
                Po zmianie hasła token w telefonie jest nieważny, aplikacja nie umie sama poprosić. Usunąć konto i dodać od nowa.
                """
            ),
            agent(
                """
                to przez zmianę hasła. Usuń konto w aplikacji pocztowej (nie samą aplikację) i dodaj je ponownie, przy pytaniu
                o urządzenie wybierz „Zarządzane przez firmę”. Maile wrócą same, nic nie zginie. Daj znać, jak poszło.
                --
                podejdź, proszę, z telefonem do nas ({room}), zrobimy to w trzy minuty. A może wolisz zdalnie?
                """,
                asks=True,
            ),
            requester(
                """
                Poszło, 214 nowych wiadomości. Może jednak było lepiej bez.
                --
                Będę po obiedzie. Dzięki!
                """
            ),
            agent(
                """
                zawsze możemy to cofnąć. Miłego dnia!
                --
                naprawione na miejscu, kalendarz też się odświeża.
                """
            ),
        ),
        weight=1.4,
    ),
    internal_it(
        "phone_mail_en",
        language="en",
        subjects="""
            My phone gets no mail
            =old Mail on {phone_model} stopped
            =old Phone asks for the password again and again
            =new Mail on my new phone, {phone_model}
        """,
        written="""
            =old My phone ({phone_model}) has received no mail {since}, the laptop is fine. I switched it off and on, as one does.
            --
            =new New phone, and the mail app says "contact your administrator". That would be you, I think.
        """,
        chat="""
            =old phone gets no mail since this morning, laptop ok
        """,
        walk_up="""
            {to_name}: phone gets no mail. Added the account again, works.
            --
            =new Mail on the new phone of {to_name}. Enrolled the device, ten minutes.
            --
            =later {to_name}: phone gets no mail, needs it before Thursday's trip. Noted at the coffee machine.
        """,
        thread=(
            agent(
                """
                Please remove the account in the mail app and add it again; choose "managed by the company" when it asks.
                Nothing gets lost, the mail is on the server. Does it come in now?
                """,
                asks=True,
            ),
            requester(
                """
                Yes, all of it at once.
                --
                It says the device is not registered.
                """
            ),
            agent(
                """
                Very good.
                --
                I have just allowed it, please try once more in five minutes. (Done together on the phone, it works.)
                """
            ),
        ),
    ),
    internal_it(
        "vpn_pl",
        language="pl",
        subjects="""
            =nowy VPN na nowym laptopie
            =zrywa VPN rozłącza co kilka minut
            =zrywa VPN z domu, {laptop}
            =nowy vpn: „uwierzytelnianie nie powiodło się”
            Praca zdalna i VPN
            VPN: {to_name}
        """,
        written="""
            =nowy Dosta[łem|łam] nowy laptop ({laptop}) i nie mam na nim VPN. Jutro pracuję z domu i bez tego nie wejdę do systemu.
            --
            =zrywa VPN z domu rozłącza mnie co pięć minut. Internet mam dobry, serial w tym czasie leci bez przerwy.
        """,
        chat="""
            =nowy vpn mi nie działa, „uwierzytelnianie nie powiodło się”
        """,
        walk_up="""
            {to_name}: VPN na nowym laptopie. Zrobione, 10 minut.
            --
            Profil VPN ({to_name}), certyfikat wygasł w weekend. Nowy wgrany.
            --
            =later {to_name} prosi o VPN na nowym laptopie, potrzebny na środę. Do zrobienia.
        """,
        thread=(
            note(
                """
                =nowy Certyfikat urządzenia nie doszedł, laptop nie był w biurze ani razu. Wysłany przez Portal.
                --
                =zrywa Dwa urządzenia na jednym profilu wyrzucają się nawzajem: laptop i tablet.
                """
            ),
            agent(
                """
                =nowy wysła[łem|łam] profil VPN na Twój laptop. Podłącz się na chwilę do firmowego Wi-Fi albo zrestartuj komputer i po
                kwadransie spróbuj połączyć. Działa?
                --
                =zrywa rozłącza, bo na tym samym profilu jest jeszcze tablet i wyrzucają się nawzajem. Wyłącz VPN na tablecie. Lepiej?
                """,
                asks=True,
            ),
            requester(
                """
                =nowy Działa, dzięki. Do jutra.
                --
                =zrywa Faktycznie, tablet dziecka. Już spokój.
                """
            ),
            agent(
                """
                =nowy powodzenia w domu.
                --
                =zrywa zrobię tabletowi osobny profil, żebyś nie <musiał|musiała> pamiętać.
                """
            ),
        ),
        priorities=(3, 70, 24, 3),
    ),
    internal_it(
        "printer_pl",
        language="pl",
        subjects="""
            =later {printer} brudzi kartki
            =druk Drukarka na 2. piętrze drukuje krzaczki
            =druk {printer} nie drukuje
            =papier Zacięty papier, {printer}
            =toner Toner do {printer}
            =druk drukarka znowu
            =skan Skaner nie wysyła na maila
            =skan Skany z {printer} nie dochodzą
        """,
        written="""
            =druk Drukarka przy kuchni ({printer}) zamiast umowy drukuje sto stron krzaczków. Zużyła całą ryzę, zanim znala[złem|złam]
            wyłącznik.
            --
            =skan Skan z urządzenia {printer} nie przychodzi na maila. Panel mówi „wysłano”. Próbowa[łem|łam] trzy razy, gdzieś te trzy
            umowy teraz są.
            --
            =druk ~drukarka. znowu. piętro 2
        """,
        walk_up="""
            =papier {printer}: zacięty papier, wyciągnięty. {to_name} przytrzyma<ł|ła> klapę.
            --
            =toner {to_name} prosi o toner do {printer}. Wymieniony.
            --
            =later {to_name} mówi na schodach, że {printer} brudzi kartki. Sprawdzić.
        """,
        thread=(
            note(
                """
                Sterownik PCL po aktualizacji, serwer wydruku wysyła PostScript. Przestawione dla całego piętra.
                --
                =skan Limit 10 MB na skan, większe znikają po cichu. Podniesiony do 30 MB, zaległe wysłane.
                """
            ),
            agent(
                """
                drukarka dostała nie ten sterownik po aktualizacji. Przestawi[łem|łam] go na serwerze, wystarczy wydrukować jeszcze
                raz. Ryza do odebrania u nas, możesz sprawdzić jedną stronę?
                --
                =skan skany powyżej 10 MB znikały bez komunikatu. Podnios[łem|łam] limit, a Twoje trzy umowy powinny być już w skrzynce.
                Są?
                """,
                asks=True,
            ),
            requester(
                """
                Drukuje po polsku. Dziękuję w imieniu całego piętra.
                --
                =skan Są wszystkie trzy.
                """
            ),
        ),
        priorities=(12, 72, 15, 1),
    ),
    internal_it(
        "monitor_en",
        language="en",
        subjects="""
            =flicker Second monitor flickers
            A monitor for {room}
            Monitor question
            =dock Docking station does not charge ({laptop})
            =flicker Screen goes black for a second
            =dock Dock in {room} gives no power
        """,
        written="""
            =flicker My second monitor goes black for a second every few minutes. I changed the socket of the cable, no difference.
            {laptop}, room {room}.
            --
            =dock The docking station shows picture but does not charge the laptop, so by noon I am at {percent} % and looking for a
            charger.
        """,
        walk_up="""
            =flicker {to_name}, flickering monitor: cable swapped for a shorter one. Fine.
            --
            =later {to_name} wants a second monitor on the desk in {room}. Said I would look what is in the store room.
        """,
        thread=(
            agent(
                """
                =flicker That is the cable nine times out of ten, sometimes the dock's firmware. A new cable is waiting for you at our desk
                ({room}); I started the dock's update as well. Please tell me tomorrow if it still happens.
                --
                =dock That dock gives 65 W and your laptop wants 90. I have left the right power supply on your desk in {room}. Does the
                battery go up now?
                """,
                asks=True,
            ),
            requester(
                """
                =flicker_gone Not once today. Must have been the cable.
                --
                =flicker_still It still does it, but less.
                --
                =dock It does, 4 % in ten minutes. Thank you.
                """,
                after=(600, 2000),
            ),
            agent(
                """
                =flicker_gone Good, the old one goes into the bin before it finds somebody else.
                --
                =flicker_still Then the dock is at fault. I have ordered another one, it comes on Thursday.
                --
                =dock Good. All docks on your floor get the stronger supply this week.
                """
            ),
        ),
        hold="""
            New docking station ordered
        """,
        priorities=(20, 76, 4, 0),
    ),
    internal_it(
        "windows_locked_pl",
        language="pl",
        subjects="""
            =urlop Po urlopie nie pamiętam hasła
            Konto Windows zablokowane
            =urlop Hasło wygasło w czasie urlopu
            nie wejdę do komputera
            Zablokowane logowanie, {laptop}
        """,
        written="""
            =urlop ~piszę z prywatnego telefonu bo nie wejdę do komputera. hasło wygasło jak [byłem|byłam] na urlopie
            --
            =trzy Trzy razy źle wpisa[łem|łam] hasło i komputer mówi, że konto jest zablokowane. Wiem tylko, że było w nim coś o Bałtyku.
        """,
        phone="""
            =urlop {to_name} dzwoni z recepcji, konto zablokowane po urlopie. Rozpozna[łem|łam] po głosie, ale zadzwoni[łem|łam] jeszcze na
            numer wewnętrzny przełożonego. Odblokowane.
        """,
        walk_up="""
            =urlop {to_name}: hasło po urlopie. Nowe ustawione przy mnie, kartka z monitora zdjęta.
            --
            =urlop Odblokowane konto, {to_name}. Opalenizna też.
        """,
        thread=(
            agent(
                """
                konto odblokowane. Hasło tymczasowe poda Ci przełożony, nie wyślę go mailem. Przy logowaniu system poprosi o nowe,
                najlepiej z czterech słów. Udało się wejść?
                """,
                after=(3, 40),
                asks=True,
            ),
            requester(
                """
                Jestem. Dzięki!
                --
                [Wszedłem|Weszłam], ale poczta chce jeszcze starego hasła.
                """
            ),
            agent(
                """
                dobrze, zamykam.
                --
                poczta zapomni stare po restarcie. Jeśli nie, zajrzyj do nas.
                """
            ),
        ),
        priorities=(0, 55, 38, 7),
    ),
    internal_it(
        "new_person_pl",
        language="pl",
        subjects="""
            =nowa Nowa osoba w zespole od poniedziałku
            Sprzęt i konta: {customer}
            =staz Stanowisko dla stażystki
            =nowa Laptop dla nowej osoby: {customer}
            =staz Komputer na trzy miesiące: {customer}
            Wnioskowane dostępy: {customer}
        """,
        written="""
            =nowa Od poniedziałku zaczyna u nas: {customer}. Proszę o laptop, konto pocztowe, dostęp do dysku działu i do kalendarza. Telefon
            nie jest potrzebny.
            --
            =staz Na trzy miesiące przychodzi do nas stażystka. Potrzebuje komputera (może być starszy), konta i dostępu tylko do
            folderu „Materiały”. Imię i nazwisko: {customer}.
        """,
        thread=(
            note(
                """
                {laptop} z magazynu, obraz wgrany. Konto czeka na datę z kadr.
                """
            ),
            agent(
                """
                =nowa laptop będzie gotowy w piątek, do odbioru u nas ({room}). Do kont potrzebuję jeszcze zgody przełożonego na dysk działu,
                wystarczy „tak” od niego pod tą wiadomością.
                --
                =staz wszystko jasne. Czy konto ma wygasnąć samo z końcem umowy? Podaj proszę datę.
                """,
                asks=True,
            ),
            requester(
                """
                =nowa Szef jest obok i mówi „tak”, zaraz odpisze.
                --
                =staz Ostatni dzień czerwca.
                """
            ),
            agent(
                """
                =nowa konta założone, hasło startowe w zaklejonej kopercie przy laptopie.
                --
                =staz zapisane. Konto wyłączy się samo, dwa tygodnie wcześniej dostaniesz przypomnienie.
                """
            ),
        ),
        hold="""
            Czekamy na datę zatrudnienia z kadr
            Laptop zamówiony, dostawa w czwartek
        """,
        priorities=(8, 84, 8, 0),
    ),
    internal_it(
        "shared_drive_en",
        language="en",
        subjects="""
            =moved Access to the shared folder "Campaigns"
            =moved Folder disappeared from the drive
            =file Please restore a deleted file
            =file Deleted price list, shared drive
            =moved "You do not have permission", drive of marketing
        """,
        written="""
            =moved I have moved to another team and lost the folder "Campaigns", and the new folder does not know me yet. Could I have
            both until the end of the month?
            --
            =file Somebody (I am not saying who) deleted the price list from the shared drive. It was there {day}. Can you get it
            back?
        """,
        chat="""
            =file can you restore a file from yesterday?
        """,
        walk_up="""
            =file {to_name}: price list deleted by accident, restored from last night. Nobody will know.
        """,
        thread=(
            agent(
                """
                The new folder is there after your next sign-in. For the old one I need a word from its owner; I have asked, you
                are in copy. Do you see the new one?
                --
                =file It is back, from last night's copy. Changes of today are not in it. Is it the right version?
                """,
                asks=True,
            ),
            requester(
                """
                I do, thanks.
                --
                =file It is. My hero.
                """
            ),
            agent(
                """
                The owner agreed, so you have both until the last of the month.
                --
                =file All right. Deleted files stay in the bin on the left for 30 days, for the next time.
                """
            ),
        ),
    ),
    internal_it(
        "meeting_room_en",
        language="en",
        subjects="""
            =screen Meeting room {room}: no picture on the screen
            =guest Guest Wi-Fi in room {room}
            =guest Guests cannot get into Wi-Fi
            =screen Dead screen in {room}, again
        """,
        written="""
            =screen The screen in {room} shows "no signal" with every laptop since {date}. We hold our meetings around one laptop like a
            campfire.
            --
            =guest Guests in {room} get the Wi-Fi page, but the code from reception is refused. We have customers here at 11:00.
        """,
        chat="""
            =screen screen in {room} is dead again, meeting in 20 min
        """,
        phone="""
            =screen {to_name} calls from {room}: no picture, board meeting in ten minutes. Went up, the cable had been pulled for a
            vacuum cleaner.
        """,
        thread=(
            agent(
                """
                The adapter on the table is broken. I have put a new one in and screwed it down this time. Could you try it at your
                next meeting?
                --
                =guest The codes of this week were printed from last week's list. Reception has new ones, and I made one for you:
                guest-{pin}. Is that in time?
                """,
                after=(5, 120),
                asks=True,
            ),
            requester(
                """
                Picture and sound, both. Luxury.
                --
                =guest Just in time, thank you.
                """
            ),
        ),
        priorities=(4, 62, 28, 6),
    ),
    internal_it(
        "headset_pl",
        language="pl",
        subjects="""
            =mik Klienci mnie nie słyszą, słuchawki
            =trzask Słuchawki trzeszczą
            =mik Mikrofon wyłącza się w czasie rozmowy
            Zestaw słuchawkowy do wymiany ({room})
        """,
        written="""
            =mik W połowie rozmowy klient przestaje mnie słyszeć, a ja jego słyszę. Pomaga wyjęcie i włożenie wtyczki. Przy dwudziestu
            rozmowach dziennie trochę mi głupio.
            --
            =trzask Słuchawki trzeszczą przy każdym ruchu głową. Siedzę więc jak posąg.
        """,
        walk_up="""
            {to_name}: wymienione słuchawki, stare do serwisu.
            --
            =mik {to_name}, martwy mikrofon: był wyciszony przyciskiem na kablu. Nikt się nie śmiał.
        """,
        thread=(
            agent(
                """
                to znana wada tej serii, po roku przeciera się kabel. Nowe słuchawki czekają u nas ({room}), podejdź, kiedy masz
                przerwę. Stare weź ze sobą, dobrze?
                """,
                asks=True,
            ),
            requester(
                """
                Odebrane, działają. Dziękuję!
                --
                Nowe świetne, tylko ciche. Da się podgłośnić?
                """
            ),
            agent(
                """
                i o to chodziło.
                --
                w aplikacji słuchawek jest „Ochrona słuchu”, przestaw z „wysoka” na „średnia”. Głośniej nie polecam.
                """
            ),
        ),
        priorities=(10, 75, 15, 0),
    ),
    internal_it(
        "licence_en",
        language="en",
        subjects="""
            =expired Licence of the design program expired
            =expired Design program asks to be activated
            =third One more licence for the drawing tool
            =third Third licence for our team
        """,
        written="""
            =expired The design program says that its licence has expired and saves nothing any more. The spring catalogue goes to print
            in three days.
            --
            =third We are three in the team and have two licences, so we work in turns. Could we have a third one? It pays for itself in
            arguments saved.
        """,
        thread=(
            note(
                """
                =expired Renewal stuck in purchasing because the card on file expired. Asked finance for the new one.
                """
            ),
            agent(
                """
                =expired The renewal hangs on a card that has expired, finance is on it. Until then I gave you the spare licence: sign out,
                sign in, and it should save again. Does it?
                --
                =third I need a yes from your lead for the cost ({amount} a year). Who should I ask?
                """,
                asks=True,
            ),
            requester(
                """
                =expired It saves. The catalogue thanks you.
                --
                =third She is in copy and says yes.
                """
            ),
            agent(
                """
                =expired Wonderful. The spare one stays with you until the renewal is through.
                --
                =third Ordered, it should be in your account by tomorrow.
                """
            ),
        ),
        hold="""
            Waiting for finance to renew the licence
        """,
    ),
    internal_it(
        "slow_laptop_pl",
        language="pl",
        subjects="""
            Laptop strasznie wolny
            {laptop} mieli przy Excelu
            =wiatrak Wiatrak wyje, komputer stoi
            =start Komputer uruchamia się kwadrans
            wolny komp
        """,
        written="""
            =start Laptop ({laptop}) uruchamia się tak długo, że zdążę zrobić kawę dla całego działu. Potem jest trochę lepiej, do pierwszego
            Excela.
            --
            =wiatrak Wiatrak wyje od rana, a komputer prawie stoi. Otwarte mam tylko pocztę i przeglądarkę (no dobrze, z wieloma kartami).
        """,
        chat="""
            laptop mi zamula, co mogę zrobić [sam|sama]?
        """,
        walk_up="""
            {to_name}: wolny laptop. 143 karty w przeglądarce. Porozmawialiśmy.
            --
            =later {to_name} <podszedł|podeszła> z laptopem, który „mieli”. Zostawiony u nas, obejrzeć dziś.
        """,
        thread=(
            note(
                """
                Dysk zapełniony w {percent}%, głównie nagrania spotkań. Pamięć 8 GB, kwalifikuje się do wymiany w kwietniu.
                --
                Indeksowanie po aktualizacji plus skan antywirusa w tym samym czasie. Przesunięty skan na noc.
                """
            ),
            agent(
                """
                dysk jest zapełniony w {percent}%, zwłaszcza nagraniami spotkań. Przenios[łem|łam] je do chmury, nic nie zginęło. Zrestartuj
                i napisz, czy jest lepiej.
                --
                rano na raz szły aktualizacja i skan antywirusa. Przestawi[łem|łam] skan na noc, wystarczy zostawić laptop
                w stacji. Zobaczymy jutro, dasz znać?
                """,
                asks=True,
            ),
            requester(
                """
                Jak nowy. Kawę będę robić mniejszą.
                --
                Dziś znośnie, ale na koniec dnia znów wyje.
                """,
                after=(300, 1800),
            ),
            agent(
                """
                polecamy się.
                --
                przynieś go jutro, odkurzę wentylator. W kwietniu i tak czeka Cię nowy.
                """
            ),
        ),
        priorities=(12, 78, 10, 0),
    ),
    internal_it(
        "spilled_pl",
        language="pl",
        subjects="""
            Zalana klawiatura
            =kawa Kawa na laptopie, co robić?
            =herbata Herbata w klawiaturze ({laptop})
            =herbata Nie działa litera Ł ani spacja
        """,
        written="""
            =kawa ~[wylalem|wylalam] kawe na klawiature i polowa liter nie dziala. pisze to z telefonu. przepraszam
            --
            =herbata Nie działają mi klawisze „L”, „K” i spacja. Możliwe, że ma z tym związek herbata z wczoraj. Piszę z telefonu.
        """,
        phone="""
            =kawa {to_name}, w panice: kawa na laptopie. Kaza[łem|łam] wyłączyć, odwrócić i niczego nie suszyć suszarką.
        """,
        walk_up="""
            {to_name} <przyniósł|przyniosła> laptop w ręczniku. Wyłączony, suszy się w serwerowni, zastępczy wydany.
        """,
        thread=(
            agent(
                """
                wyłącz go od razu, odłącz zasilacz, odwróć klawiaturą w dół i nie susz suszarką. Przynieś do nas, dostaniesz zastępczy
                na czas naprawy. Nie Ty pierwsz<y|a>. Kiedy możesz podejść?
                """,
                after=(2, 20),
                asks=True,
            ),
            requester(
                """
                Już idę. Dziękuję, że nie krzyczysz.
                """,
                after=(2, 60),
            ),
            agent(
                """
                klawiatura wymieniona, dysk cały. Do laptopa dokładamy kubek z pokrywką.
                """,
                after=(900, 2400),
            ),
        ),
        hold="""
            Laptop w serwisie
        """,
        priorities=(0, 40, 50, 10),
        weight=0.6,
    ),
    internal_it(
        "badge_en",
        language="en",
        subjects="""
            =floor Badge does not open the door
            =floor Locked out of the second floor
            =lost New badge with the right spelling
            =lost Door badge lost {day}
        """,
        written="""
            =floor My badge opens the front door, but not our floor, {since}. I have been let in by kind people so far.
            --
            =lost I lost my badge {day}, somewhere between the tram and the bakery. Please block it and make me a new one. My name has an
            "ł", if I may ask.
        """,
        walk_up="""
            =lost {to_name}: badge made again, blocked the old one.
        """,
        thread=(
            agent(
                """
                =floor The right for your floor ended with the old year's list. It is back now, please touch the reader twice. Green?
                --
                =lost Blocked. A new one is ready at our desk ({room}), with all its letters. When will you come by?
                """,
                asks=True,
            ),
            requester(
                """
                =floor Green. The kind people say thank you as well.
                --
                =lost At lunch. Thanks!
                """
            ),
        ),
        priorities=(20, 72, 8, 0),
        weight=0.8,
    ),
    internal_it(
        "password_manager_pl",
        language="pl",
        subjects="""
            =sejf Dostęp do menedżera haseł
            =sejf Sejf z hasłami nie chce się otworzyć
            =udostep Udostępnienie hasła zespołowi
            =udostep Wspólne hasło do profilu firmy
            =sejf Hasło główne do sejfu
        """,
        written="""
            =sejf Menedżer haseł nie przyjmuje hasła głównego. Na {percent}% wpisuję dobre. Czy da się to odzyskać, czy wszystko
            przepadło?
            --
            =udostep Jak udostępnić jedno hasło (do profilu w mediach) trzem osobom, ale tak, żeby nie krążyło w mailach?
        """,
        chat="""
            =udostep jak wysłać komuś hasło, żeby nie mailem?
        """,
        thread=(
            agent(
                """
                nic nie przepadło: przy zakładaniu sejfu wydrukowaliśmy kartkę z kluczem zapasowym, leży w kopercie w kadrach. Weź ją
                i zajrzyj do nas, ustawimy nowe hasło główne. Kiedy Ci pasuje?
                --
                =udostep w sejfie jest przycisk „Udostępnij”, a do zespołów mamy wspólne foldery. Zrobi[łem|łam] folder „Media”, podaj
                proszę trzy nazwiska.
                """,
                asks=True,
            ),
            requester(
                """
                Koperta odnaleziona, będę o 13.
                --
                =udostep Ja, {mate} i {dev}.
                """
            ),
            agent(
                """
                ustawione, koperta wróciła do kadr.
                --
                =udostep dodani. Stare hasło zmień, bo skoro było w mailu, to już je ktoś ma.
                """
            ),
        ),
        priorities=(10, 80, 10, 0),
    ),
)
