"""Accounts: signing in, users and their rights, personal data."""

from functools import partial

from helpdesk.demo.cases import File, agent, case, note, requester

accounts = partial(case, queue="accounts")

CASES = (
    accounts(
        "locked_pl",
        language="pl",
        subjects="""
            Konto zablokowane po błędnych hasłach
            Nie mogę się zalogować do panelu
            „Konto czasowo zablokowane”, {shop}
            zablokowało mnie
            Blokada logowania od {time}
            Proszę o odblokowanie konta
        """,
        written="""
            System zablokował mi konto „ze względów bezpieczeństwa” i nie mówi, co zrobi[łem|łam] źle. Wpisuję to samo hasło
            co zawsze. Mam dziś do wysłania {count} zamówień.
            --
            ~zablokowane konto. haslo dobre. prosze odblokowac
            --
            Od {time} nie mogę wejść do panelu. Najpierw pytało o obrazki z sygnalizacją świetlną, potem o kod, a teraz pisze,
            że konto jest zablokowane do odwołania. Czy ktoś próbował się do nas włamać?
        """,
        chat="""
            nie mogę się zalogować, konto zablokowane, co mam zrobić?
            --
            pisze że zablokowane na 24h, serio?
        """,
        phone="""
            {to_name}, sklep {shop}: konto zablokowane, do wysłania {count} paczek. Tożsamość potwierdzona hasłem do rozmów.
        """,
        thread=(
            note(
                """
                W dzienniku 31 prób w dwie minuty z adresu biura klienta: program do stanów ma stare hasło i próbuje w kółko.
                To nie włamanie.
                --
                Próby z trzech krajów w jedną noc, hasło wyciekło gdzie indziej. Blokada zadziałała, nikt nie wszedł. Zmienić
                hasło, włączyć drugi składnik.
                """
            ),
            agent(
                """
                konto już działa. Co się stało: program magazynowy w Państwa biurze miał zapisane poprzednie hasło i próbował
                nim wejść kilkadziesiąt razy. System uznał to za zgadywanie hasła i zamknął drzwi. Proszę wpisać nowe hasło
                także w tym programie, inaczej blokada wróci. Czy jest on u Państwa?
                --
                nikt się nie włamał, blokada zadziałała na czas. Ktoś z zewnątrz próbował wejść hasłem, które wyciekło
                z innego serwisu. Odblokuję konto, jak tylko ustawi <Pan|Pani> nowe hasło, link wysła[łem|łam] osobno.
                Proszę dać znać, gdy będzie gotowe.
                """,
                after=(5, 90),
                asks=True,
            ),
            requester(
                """
                Tak, jest! Zmieniliśmy tydzień temu i nikt o tym nie pomyślał. Poprawione.
                --
                Hasło zmienione. Trochę mnie to przestraszyło, dziękuję za ludzkie wyjaśnienie.
                """,
                after=(5, 300),
            ),
            agent(
                """
                wszystko widać, program loguje się poprawnie. Miłego dnia.
                --
                konto odblokowane. Zachęcam do włączenia kodów z telefonu (Konto, Bezpieczeństwo), trwa to minutę, a takie
                próby przestają być groźne.
                """
            ),
        ),
        files=(File("blokada.png", "screen_locked", share=0.35),),
        priorities=(0, 42, 48, 10),
        weight=1.6,
    ),
    accounts(
        "locked_en",
        language="en",
        subjects="""
            Account locked, I did nothing wrong
            Cannot log in to the panel of {shop}
            =trip "Suspicious activity" and now I am locked out
            Locked out since {time}
            =trip Login blocked while travelling
        """,
        written="""
            =trip I am at a trade fair in Verona, logged in from the hotel, and your security locked my account. I have customers in
            front of me and cannot show them anything. Please let me in.
            --
            =code Your system asks for a code from a phone that fell into the lake {day}. After three guesses it locked me out.
            I know how this sounds.
        """,
        chat="""
            =trip locked out of my account, says suspicious activity. it is just me in a hotel
        """,
        thread=(
            note(
                """
                New country, new device, right password: locked by rule 7. Called the number in the contract, it is really
                <him|her>.
                --
                =code Identity checked by calling the number in the contract (office landline). Removed the old second factor.
                """
            ),
            agent(
                """
                You are in again. The system saw a new country, a new device and a shared network at the same moment, and
                that is just what a stolen password looks like. I have marked your trip until Sunday, so it will not
                happen again there. Can you open the panel?
                --
                =code I called your office to be sure that it is you, and removed the lost phone from your account. The next
                time you log in, you will be asked to set up a new one. Does it work?
                """,
                after=(4, 60),
                asks=True,
            ),
            requester(
                """
                Yes! The customers waited. Grazie.
                --
                =code It works. The new phone stays away from boats.
                """,
                after=(4, 200),
            ),
            agent(
                """
                Good luck at the fair.
                --
                =code Glad to hear it. Please print the spare codes and keep them dry.
                """
            ),
        ),
        priorities=(0, 42, 44, 14),
    ),
    accounts(
        "second_user_en",
        language="en",
        subjects="""
            =seat Cannot add a second user to the warehouse
            New employee cannot be invited
            =mail Invitation to {shop} expired
            =seat "Limit of users reached", but we are two
            =mail User invitations do not arrive
        """,
        written="""
            =seat I want to add our new packer to the warehouse, but the panel says "limit of users reached". There are two of us
            and the plan has five seats.
            --
            =mail The invitation for our new colleague never arrives. I sent it three times, the last one on {date}. Her mail
            works, I have just written to her.
        """,
        chat="""
            =seat how do i add a second person to the warehouse module?
        """,
        thread=(
            note(
                """
                Three deactivated accounts still count as seats. They should not, told @{dev}.
                --
                =mail Address has a typo (".con"). The panel shows it in grey on grey, easy to miss.
                """
            ),
            agent(
                """
                Three former users of your shop were switched off but still take their seats. I have freed them. Please try
                the invitation again and choose the role "Warehouse", it sees orders but no prices. Did it go through?
                --
                =mail The invitations went to an address that ends with ".con" instead of ".com". Please delete that line
                and invite her once more. Has it arrived?
                """,
                asks=True,
            ),
            requester(
                """
                It went through and she is packing already.
                --
                =mail Oh dear. Yes, it has. Thank you for not laughing.
                """
            ),
            agent(
                """
                Then welcome to her.
                --
                =mail I would never. The panel should have caught it, I passed that on.
                """
            ),
        ),
    ),
    accounts(
        "reset_mail_pl",
        language="pl",
        subjects="""
            =brak Nie przychodzi mail do zmiany hasła
            =brak Reset hasła - brak wiadomości
            =link Link do hasła wygasł
            =link „Link wygasł” przy każdym kliknięciu, {shop}
            =brak hasło zapomniane, mail nie dochodzi
            Hasło do {domain}
        """,
        written="""
            =brak Klikam „Nie pamiętam hasła”, system dziękuje i mail nie przychodzi. Sprawdzi[łem|łam] spam, oferty i kosz. [Próbowałem|Próbowałam] od
            wczoraj pięć razy.
            --
            =link Link do zmiany hasła za każdym razem pokazuje „link wygasł”, nawet gdy klikam go od razu. Poczta firmowa, pliki
            sprawdza antywirus.
        """,
        chat="""
            =brak nie przychodzi mi mail z hasłem, [sprawdzałem|sprawdzałam] spam
            --
            =brak czekam na link do hasła już godzinę
        """,
        phone="""
            =brak {to_name}: nie dostaje maila do zmiany hasła, spam sprawdzony. Prosi o sprawdzenie, czy w ogóle wychodzi.
        """,
        thread=(
            note(
                """
                Maile odrzuca ich serwer: „skrzynka przepełniona”. Od trzech tygodni nie przyjęła niczego.
                --
                =link Antywirus otwiera link przed człowiekiem, a link działa raz. Znane, będzie potwierdzenie przyciskiem.
                """
            ),
            agent(
                """
                wysyłamy te wiadomości, ale Państwa serwer odpowiada „skrzynka przepełniona” i odsyła je z powrotem. Po
                zwolnieniu miejsca proszę kliknąć jeszcze raz albo dać znać, wyślę link na inny adres zapisany
                w umowie.
                --
                =link program antywirusowy otwiera każdy link w poczcie, żeby go sprawdzić, a nasz działa tylko raz. Proszę
                skopiować adres z wiadomości tekstowej, którą właśnie wysła[łem|łam], ona nie ma klikalnego linku. Udało się?
                """,
                asks=True,
            ),
            requester(
                """
                Rzeczywiście, 15 GB zdjęć. Usunięte, mail przyszedł.
                --
                =link Zadziałało. Kto by pomyślał.
                """
            ),
            agent(
                """
                świetnie, miłego dnia.
                --
                =link cieszę się. Pracujemy nad tym, żeby link czekał na człowieka.
                """
            ),
        ),
        weight=1.2,
    ),
    accounts(
        "sms_codes_pl",
        language="pl",
        subjects="""
            =pozno Nie przychodzą kody SMS
            =numer Nowy numer telefonu a logowanie
            =numer Zgubiony telefon, nie wejdę do panelu
            =pozno Kod SMS po kwadransie
            =pozno kody nie dochodzą, {shop}
        """,
        written="""
            =numer Zmieni[łem|łam] numer telefonu i nie mogę wejść do panelu, bo kody idą na stary. Żeby zmienić numer, trzeba się
            zalogować. Błędne koło.
            --
            =pozno Kod SMS przychodzi po kwadransie, a ważny jest pięć minut. Inne SMS-y mam od razu. Sieć: {network}.
        """,
        chat="""
            =pozno kody sms przychodzą za późno
            --
            =numer [zgubiłem|zgubiłam] telefon, jak się zalogować bez kodu?
        """,
        thread=(
            note(
                """
                Tożsamość: oddzwoni[łem|łam] na numer z umowy i zapyta[łem|łam] o ostatnią fakturę. Zgadza się.
                --
                =pozno Bramka SMS ma od rana opóźnienia do sieci {network}. Na ich stronie jest komunikat.
                """
            ),
            agent(
                """
                po rozmowie telefonicznej wyłączy[łem|łam] stary numer. Przy następnym logowaniu system poprosi o nowy, a przy
                okazji pokaże dziesięć kodów zapasowych, warto je wydrukować. Czy udało się wejść?
                --
                =pozno operator SMS ma dziś opóźnienia w sieci {network}. Na ten czas wydłuży[łem|łam] ważność kodu do
                pół godziny. Na stałe polecam aplikację z kodami, działa bez sieci. Wysłać instrukcję?
                """,
                asks=True,
            ),
            requester(
                """
                [Wszedłem|Weszłam]. Kody wydrukowane i w segregatorze.
                --
                =pozno Tak, poproszę.
                """
            ),
            agent(
                """
                wzorowo. Zamykam zgłoszenie.
                --
                =pozno instrukcja w załączniku, trzy kroki z obrazkami.
                """
            ),
        ),
        files=(File("kody-z-aplikacji.pdf", "form_pdf", at=4, label="pozno"),),
        priorities=(2, 58, 34, 6),
    ),
    accounts(
        "two_factor_en",
        language="en",
        subjects="""
            =phone New phone, authenticator codes do not work
            =phone Lost access to two-factor codes
            =phone How do I move 2FA to another phone?
            =clock Codes are always invalid, {shop}
            =clock Authenticator: "invalid code"
        """,
        written="""
            =phone I moved to a new phone and the authenticator app is empty. The old phone is wiped. The panel asks for a code that
            nobody can make any more.
            --
            =clock My codes are always "invalid", although I type them within seconds. Same app, same phone as last week.
        """,
        chat="""
            =phone new phone, no codes. how do i get in?
        """,
        thread=(
            note(
                """
                Called back on the number in the contract, identity fine. Old factor removed, recorded in the security log.
                --
                =clock Clock of the phone is probably off.
                """
            ),
            agent(
                """
                I need to be sure it is you, so I will call the number in your contract in a few minutes. After that I can
                remove the old phone and you set up the new one. Is somebody at that number now?
                --
                =clock Codes depend on the phone's clock. Please look into its settings and let it take the time from the
                network; a difference of a minute is enough to spoil them. Better now?
                """,
                asks=True,
            ),
            requester(
                """
                Yes, I am here until 16:00.
                --
                =clock It was two minutes late, since a flight to Lisbon. Works now.
                """
            ),
            agent(
                """
                As agreed on the phone, the old device is removed. Please keep the new spare codes on paper.
                --
                =clock Good. Phones are homesick sometimes.
                """
            ),
        ),
    ),
    accounts(
        "owner_change_pl",
        language="pl",
        subjects="""
            Zmiana właściciela sklepu {shop}
            Przepisanie konta na nową firmę
            =tata Przejęcie sklepu po tacie
            Cesja umowy, NIP {nip}
            =spolka Zmiana formy działalności na spółkę
        """,
        written="""
            =tata Tata przechodzi na emeryturę i od przyszłego miesiąca sklep {shop} prowadzę ja, na swoją działalność (NIP {nip}). Co
            trzeba podpisać, żeby adres, zamówienia i opinie zostały?
            --
            =spolka Przekształcamy jednoosobową działalność w spółkę z o.o. Nowy NIP: {nip}. Prosimy o aneks do umowy i informację, czy
            numery faktur mogą zostać ciągłe.
        """,
        thread=(
            note(
                """
                Potrzebna cesja podpisana przez obie strony. Wzór wysłany. Faktury od nowego miesiąca na nowy NIP.
                """
            ),
            agent(
                """
                sklep, adres, zamówienia i opinie zostają, zmienia się tylko strona umowy. W załączniku cesja, podpisać
                powinny ją obie strony, może być podpis elektroniczny. Numeracja faktur musi zacząć się od nowa, bo zmienia się NIP.
                Proszę odesłać podpisaną.
                """,
                asks=True,
            ),
            requester(
                """
                Odsyłam podpisaną przez nas oboje.
                --
                Podpisane. Jeszcze pytanie: co z wypłatami za zamówienia sprzed zmiany?
                """,
                after=(900, 5000),
            ),
            agent(
                """
                dziękuję, zmiana wejdzie pierwszego dnia miesiąca o północy. Powodzenia na swoim!
                --
                zamówienia opłacone przed zmianą wypłacimy na dotychczasowe konto, późniejsze na nowe. Nic się nie pomiesza.
                """
            ),
        ),
        files=(File("cesja-umowy.pdf", "form_pdf", at=2), File("cesja-podpisana.pdf", "form_pdf", at=3)),
        hold="""
            Umowa u prawnika
        """,
        priorities=(18, 78, 4, 0),
    ),
    accounts(
        "erase_data_pl",
        language="pl",
        audience="buyer",
        subjects="""
            =usun Usunięcie konta i danych
            =usun Żądanie na podstawie art. 17 RODO
            =usun Proszę o usunięcie moich danych, sklep {shop}
            =skad Skąd macie mój adres?
            =kopia Kopia moich danych
            =kopia Jakie dane ma o mnie sklep {shop}?
            =skad usunąć wszystko, {shop}
        """,
        written="""
            =usun Na podstawie art. 17 RODO żądam usunięcia moich danych ze sklepu {shop}. Ostatnie zamówienie: {order}. Proszę o
            potwierdzenie w ustawowym terminie.
            --
            =kopia Chcę wiedzieć, jakie dane o mnie Państwo mają i komu je przekazali. Proszę o kopię w czytelnej postaci.
            --
            =skad ~skad macie moj adres. [wypisalem|wypisalam] sie dawno temu. usunac wszystko
        """,
        thread=(
            note(
                """
                Administratorem jest sklep, my tylko powierzamy serwery. Przekazane do sklepu, odpowiadamy za termin.
                """
            ),
            agent(
                """
                administratorem danych jest sklep {shop}, a my przechowujemy je w jego imieniu. Przekaza[łem|łam] żądanie,
                sklep ma na odpowiedź miesiąc. Faktury zostaną przez pięć lat, bo wymaga tego ustawa, reszta zniknie. Czy
                usunąć także opinie o produktach?
                --
                =kopia zestawienie przygotuje sklep, bo to on jest administratorem danych. Poprosi[łem|łam] o nie i dopilnuję
                terminu. Czy wystarczy plik PDF wysłany na ten adres?
                """,
                asks=True,
            ),
            requester(
                """
                Opinie mogą zostać, bez nazwiska.
                --
                =kopia Wystarczy PDF.
                """
            ),
            agent(
                """
                opinie są już bez nazwiska, konto usunięte. To ostatnia wiadomość od nas.
                --
                =kopia zestawienie w załączniku. Komu dane przekazano, jest na stronie drugiej: kurier i operator płatności.
                """
            ),
        ),
        files=(File("zestawienie-danych.pdf", "form_pdf", at=4, label="kopia"),),
        hold="""
            Sklep przygotowuje odpowiedź, termin ustawowy
        """,
    ),
    accounts(
        "phishing_en",
        language="en",
        subjects="""
            =mail Is this mail from you? "Your shop will be suspended"
            =mail Suspicious e-mail about my account
            Phishing in your name
            =clicked I entered my password on a false page
            =clicked Urgent: false login page, {shop}
            =mail Asked for my card number, is that you?
        """,
        written="""
            =mail I got a mail saying that my shop will be suspended in 24 hours unless I confirm my card. The logo is yours, the
            address is not. I did not click. Forwarding it as text below:

            "Dear customer, we noticed a unusual payment. Confirm you're card at bursztyn-pay.example/secure or the shop close."
            --
            =clicked I am afraid I entered my password on a page that looked like yours. It was {day} at {time}. What do I do
            now? I have not told anybody yet.
        """,
        chat="""
            =mail got a weird mail "shop will be suspended", is it you?
        """,
        thread=(
            note(
                """
                Same campaign as last week. Reported to the hosting of that domain and to CERT.
                --
                =clicked Sessions ended, password reset forced, no login from elsewhere since. No change of payout account.
                """
            ),
            agent(
                """
                It is not from us, and you did the right thing. We never ask for card numbers by mail. The page has been
                reported. Did you get it at one address only, or did your staff get it too?
                --
                =clicked Thank you for telling us, that was the best thing to do. I have ended all sessions of your account
                and checked the log: nobody else has been in, the payout account is untouched. You have a link to set a new
                password. Did you use the old one anywhere else?
                """,
                after=(4, 60),
                asks=True,
            ),
            requester(
                """
                Only at the shop address. Thanks for the quick answer.
                --
                =clicked For my mail, but I have changed that too. Thank you for not making me feel stupid.
                """
            ),
            agent(
                """
                Good. If another one comes, forward it here and delete it.
                --
                =clicked It happens to careful people, these pages are made for that. You are safe now.
                """
            ),
        ),
        files=(File("suspicious-mail.txt", "phishing_txt", share=0.6),),
        priorities=(0, 45, 42, 13),
    ),
    accounts(
        "phishing_pl",
        language="pl",
        subjects="""
            =sms Podejrzany SMS o dopłacie do paczki
            =faktura Czy to Państwa faktura, na {amount}?
            =sms SMS do klientów w imieniu sklepu {shop}
            Ktoś się pod was podszywa
            =faktura Fałszywa faktura na {amount}
            =faktura dziwny mail z waszym logo
        """,
        written="""
            =faktura Dosta[łem|łam] fakturę na {amount} z Państwa logo, ale z obcego adresu i na konto, którego nie znam. Nie płacę,
            daję znać. Proszę ostrzec innych.
            --
            =sms Nasza klientka dostała SMS, że sklep {shop} prosi o dopłatę 1,99 zł do paczki. My żadnych SMS-ów nie wysyłamy. Skąd oni
            mają jej numer?
        """,
        chat="""
            =faktura przyszła mi faktura niby od was ale na obce konto, to wy?
        """,
        thread=(
            note(
                """
                =faktura Numer konta nie nasz. Zgłoszone do CERT i do banku, wpis do ostrzeżeń na stronie.
                --
                =sms Taki SMS idzie na losowe numery, nie ma śladu wycieku: sprawdzi[łem|łam] eksporty i logowania z 30 dni.
                """
            ),
            agent(
                """
                =faktura to nie my i bardzo dobrze, że <Pan|Pani> nie zapłaci<ł|ła>. Nasze konto się nie zmieniło, jest zawsze w panelu
                pod Faktury. Zgłosi[łem|łam] sprawę do CERT Polska. Czy mogę prosić o całą wiadomość jako załącznik?
                --
                =sms takie SMS-y rozsyłane są na przypadkowe numery, nazwę sklepu łatwo podejrzeć. Sprawdzi[łem|łam] dzienniki: nikt
                niczego z Państwa sklepu nie pobrał. Klientce proszę przekazać, żeby nie klikała i wysłała SMS na 8080. Czy
                kliknęła?
                """,
                asks=True,
            ),
            requester(
                """
                =faktura W załączniku. Dziękuję za reakcję.
                --
                =sms Nie kliknęła, na szczęście. Przekażę.
                """
            ),
            agent(
                """
                =faktura mamy, dziękuję. Ostrzeżenie jest już na naszej stronie.
                --
                =sms bardzo dobrze. Gdyby zgłosiły się kolejne osoby, proszę dać znać.
                """
            ),
        ),
        files=(File("podejrzana-wiadomosc.txt", "phishing_txt", at=3, label="faktura"),),
        priorities=(0, 55, 36, 9),
    ),
    accounts(
        "email_change_pl",
        language="pl",
        subjects="""
            Zmiana adresu e-mail do logowania
            =stara Nowy adres, stary już nie działa
            Proszę zmienić mail w koncie {shop}
            =nowa Logowanie po zmianie poczty
        """,
        written="""
            =nowa Zmieniamy pocztę na własną domenę. Jak zmienić adres, którym loguję się do panelu? W ustawieniach jest wyszarzony.
            --
            =stara Stary adres e-mail zniknął razem z poprzednim dostawcą internetu, a system chce wysłać na niego potwierdzenie zmiany.
            Do konta wchodzę bez problemu.
        """,
        chat="""
            =nowa jak zmienić maila do logowania?
        """,
        thread=(
            agent(
                """
                =nowa adres właściciela konta zmieniamy my, żeby nikt nie zrobił tego po cichu. Nowy adres już przyj[ąłem|ęłam], za
                chwilę przyjdzie na niego kod. Proszę podać mi jego ostatnie cztery cyfry.
                --
                =stara oddzwoniliśmy na numer z umowy, więc stary adres nie będzie potrzebny. Wysła[łem|łam] kod na nowy, proszę
                o cztery ostatnie cyfry.
                """,
                asks=True,
            ),
            requester(
                """
                {pin}
                --
                Cztery ostatnie cyfry to {pin}. Dziękuję.
                """
            ),
            agent(
                """
                zmienione. Hasło zostaje to samo.
                --
                gotowe, od teraz loguje się <Pan|Pani> nowym adresem. Powiadomienia o zamówieniach też pójdą na nowy.
                """
            ),
        ),
        priorities=(25, 72, 3, 0),
    ),
    accounts(
        "api_key_en",
        language="en",
        subjects="""
            =scope API key stopped working on {date}
            =scope 403 on /orders since this morning
            =scope Our ERP cannot read orders of {shop}
            =limit API limit: 429 all the time
            =limit 429 after a few requests, {shop}
            =limit How many requests a minute may we send?
        """,
        written="""
            =scope Since {date} our ERP gets 403 for GET /orders with the same key as always. GET /products works. Nothing changed on
            our side. Log attached.
            --
            =limit We get 429 after about {count} requests. The documentation says 600 a minute, we send 200. Is the limit per key
            or per shop?
        """,
        thread=(
            note(
                """
                Key was made by a user who has been removed, orders are personal data, so the right went with the person.
                --
                =limit Limit is per shop, their feed plug-in uses the rest. 410 of the 600 are the plug-in's.
                """
            ),
            agent(
                """
                The key belongs to a user who was removed from your shop on {date}, and with him went the right to personal
                data, which orders are. Please make a new key as owner with the scope "orders:read". Does 403 go away?
                --
                =limit The limit is per shop, and a feed plug-in in yours takes 410 of the 600. It asks for every product each
                minute; "changes only" in its settings brings that down to a few. Could you switch it and watch for an hour?
                """,
                asks=True,
            ),
            requester(
                """
                Yes, 200 again. An error text that says so would have saved us a morning.
                --
                =limit Down to 30 a minute, no more 429.
                """
            ),
            agent(
                """
                You are right, and the next version says: "this key's owner left the shop". Thank you.
                --
                =limit Very good. The panel will soon show who uses how much.
                """
            ),
        ),
        files=(File("api-{order}.txt", "api_log", share=0.7),),
    ),
    accounts(
        "newsletter_pl",
        language="pl",
        audience="buyer",
        subjects="""
            Proszę mnie wypisać z newslettera
            Ile razy mam się wypisywać
            STOP
            Niechciane maile, sklep {shop}
            wypisz
        """,
        written="""
            ~prosze mnie wypisac. [klikalem|klikalam] juz 4 razy
            --
            Wypisuję się z Państwa newslettera od trzech miesięcy i za każdym razem wraca. Ostatni przyszedł {day}. Następny
            wydrukuję i wyślę do UODO.
            --
            ~STOP
        """,
        chat="""
            jak się wypisać z maili sklepu {shop}?
        """,
        thread=(
            note(
                """
                Adres jest na dwóch listach, „wypisz” działało tylko na jednej. Usunięty z obu.
                """
            ),
            agent(
                """
                wypisa[łem|łam] <Pana|Panią> z obu list sklepu {shop}. Przycisk w mailu usuwał tylko z jednej, stąd powroty.
                Przepraszam, więcej nic nie przyjdzie.
                --
                już po wszystkim. Adres jest usunięty z list, a nie tylko wyłączony. Sklep dostał od nas prośbę o połączenie
                swoich dwóch newsletterów.
                """
            ),
        ),
        priorities=(30, 68, 2, 0),
    ),
    accounts(
        "surname_pl",
        language="pl",
        subjects="""
            =slub Zmiana nazwiska w koncie
            =slub Nowe nazwisko po ślubie
            =ogonki Błąd w moim nazwisku na fakturach
            =ogonki Polskie litery w nazwisku
        """,
        written="""
            =slub Zmieni[łem|łam] nazwisko po ślubie i chcę, żeby było na dokumentach ze sklepu. Czy trzeba przysyłać akt ślubu?
            --
            =ogonki W mailach do klientów podpisujecie mnie bez polskich liter. Trochę wstyd, bo wychodzi inne słowo. Proszę o poprawę.
        """,
        chat="""
            =slub gdzie zmienić nazwisko w panelu?
        """,
        thread=(
            agent(
                """
                =slub żadnych dokumentów nie trzeba. Nazwisko zmienia się w Konto, Moje dane, a na fakturach w Ustawienia, Firma. Gratulacje,
                jeśli jest czego! Czy w obu miejscach się udało?
                --
                =ogonki poprawi[łem|łam] w koncie i w szablonie wiadomości. Wysła[łem|łam] próbny mail, proszę zerknąć na podpis.
                """,
                asks=True,
            ),
            requester(
                """
                =slub Udało się. Dziękuję za życzenia!
                --
                =ogonki Idealnie, wszystkie ogonki na miejscu.
                """
            ),
        ),
        priorities=(40, 60, 0, 0),
        weight=0.6,
    ),
    accounts(
        "permissions_pl",
        language="pl",
        subjects="""
            =rola Pracownica nie widzi zamówień
            =rola Uprawnienia dla magazyniera
            =slad Zniknęła kategoria z {count} produktami
            =rola Pusta lista zamówień u pracownicy, {shop}
            =slad Kto skasował kategorię?
        """,
        written="""
            =rola Nowa pracownica widzi produkty, ale lista zamówień jest u niej pusta. Ma rolę „Sprzedaż”, tak jak poprzedniczka. Przecież
            nie będę jej dawać swojego hasła.
            --
            =slad Ktoś u nas skasował kategorię z {count} produktami i nikt się nie przyznaje. Czy system wie, kto to zrobił? Nie
            chcę robić afery, chcę tylko, żeby wróciła.
        """,
        thread=(
            note(
                """
                Konto przypisane do drugiego magazynu, a tam nie ma zamówień. Dopisać pierwszy.
                --
                =slad W dzienniku: skasowano z konta właściciela, z jego telefonu, o {time}. Delikatnie.
                """
            ),
            agent(
                """
                pracownica ma przypisany tylko drugi magazyn, w którym nie ma zamówień. Doda[łem|łam] pierwszy, wystarczy, że
                zaloguje się ponownie. Czy widzi już listę?
                --
                =slad kategorię przywróci[łem|łam] razem z produktami. Dziennik mówi, że usunięto ją {day} o {time} z telefonu
                właściciela, zapewne przypadkiem, przycisk jest tuż obok „Edytuj”. Czy wszystko wróciło na miejsce?
                """,
                asks=True,
            ),
            requester(
                """
                Widzi. Dziękuję.
                --
                =slad Wróciło. To [byłem|byłam] ja, w tramwaju. Proszę nikomu nie mówić.
                """
            ),
            agent(
                """
                to świetnie.
                --
                =slad oczywiście. Poprosi[łem|łam] programistów, żeby ten przycisk pytał o potwierdzenie.
                """
            ),
        ),
    ),
)
