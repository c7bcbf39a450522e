"""Tables, functions and triggers of the search.

Building on 1,000,000 tickets takes no time and no lock here: what is there already is written in batches by the task
`fill_search`, newest first, and pages say how far back search reaches meanwhile. A bulk load may do the same:
`set local dyzur.defers_search = 'on'` turns the triggers off, then `indexing.begin_backfill` brings the task in.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models

FUNCTIONS = r"""
-- Words as search compares them: no accents, lower case, letters and digits only; of the first 100,000 characters.
create function search_plain(value text) returns text stable strict parallel safe language sql as $$
    select regexp_replace(lower(unaccent(left(value, 100000))), '[^[:alnum:]]+', ' ', 'g')
$$;

create function search_vector(value text) returns tsvector stable strict parallel safe language sql as $$
    select to_tsvector('simple', search_plain(value))
$$;

-- The shelves of a ticket (see models/search.py).
create function search_shelves(ticket bigint) returns tsvector immutable strict parallel safe language sql as $$
    select array_to_tsvector(array[
        '/10/' || (ticket >> 10), '/13/' || (ticket >> 13), '/16/' || (ticket >> 16), '/19/' || (ticket >> 19)
    ])
$$;

-- People who told us no name are called by their address or number: that is contact data, and not searched as a name.
create function search_name(value text) returns text immutable strict parallel safe language sql as $$
    select case when value ~ '\S@\S' or value ~ '^\s*\+?[\d\s()./-]{5,}\s*$' then '' else value end
$$;

create function search_head(ticket bigint, subject text, requester bigint, organisation bigint) returns tsvector
stable parallel safe language sql as $$
    select setweight(search_vector(subject), 'A')
        || setweight(search_vector(coalesce((select search_name(name) from tickets_user where id = requester), '')), 'B')
        || setweight(search_vector(coalesce((select name from tickets_organisation where id = organisation), '')), 'C')
        || search_shelves(ticket)
$$;

-- The words of a text as they are written, for typos and other forms of a word; at most 3,000 of one text.
create function search_words(value text) returns text[] immutable strict parallel safe language sql as $$
    select (tsvector_to_array(to_tsvector('simple', left(value, 100000))))[1:3000]
$$;

-- Remembers those of the words that nobody has written before.
create function search_learn(words text[]) returns void language sql as $$
    insert into tickets_searchword (text, plain)
    select word, search_plain(word) from (select distinct unnest(words) as word) as words
    where length(word) between 3 and 40 and word ~ '^[[:alpha:]]+$'
        and not exists (select from tickets_searchword as known where known.text = word)
$$;

create function search_defers() returns boolean stable language sql as $$
    select coalesce(current_setting('dyzur.defers_search', true), '') = 'on'
$$;

create function search_new_messages() returns trigger language plpgsql as $$
begin
    if search_defers() then return null; end if;
    insert into tickets_searchtext (ticket_id, message_id, public, internal, is_withheld)
    select ticket_id, id,
        case when kind = 'public' and state = 'sent' then words end,
        case when kind = 'public' and state = 'sent' then null else words end,
        bounce is not null
    from (select *, search_vector(text) || search_shelves(ticket_id) as words from written) as written;
    perform search_learn(array_agg(distinct word)) from (select unnest(search_words(text)) as word from written) as words;
    return null;
end $$;

create function search_changed_message() returns trigger language plpgsql as $$
declare
    words tsvector := search_vector(new.text) || search_shelves(new.ticket_id);
    is_public boolean := new.kind = 'public' and new.state = 'sent';
begin
    update tickets_searchtext
    set ticket_id = new.ticket_id,
        public = case when is_public then words end,
        internal = case when is_public then null else words end,
        is_withheld = new.bounce is not null
    where message_id = new.id;
    if new.text is distinct from old.text then perform search_learn(search_words(new.text)); end if;
    return null;
end $$;

create function search_new_tickets() returns trigger language plpgsql as $$
begin
    if search_defers() then return null; end if;
    insert into tickets_searchtext (ticket_id, public, is_withheld)
    select id, search_head(id, subject, requester_id, organisation_id), false from written;
    perform search_learn(array_agg(distinct word)) from (select unnest(search_words(subject)) as word from written) as words;
    return null;
end $$;

create function search_changed_ticket() returns trigger language plpgsql as $$
begin
    update tickets_searchtext
    set public = search_head(new.id, new.subject, new.requester_id, new.organisation_id)
    where ticket_id = new.id and message_id is null;
    perform search_learn(search_words(new.subject));
    return null;
end $$;

create function search_changed_name() returns trigger language plpgsql as $$
begin
    perform search_learn(search_words(search_name(new.name)));
    if tg_op = 'UPDATE' and tg_argv[0] = 'requester' then
        update tickets_searchtext as head
        set public = search_head(ticket.id, ticket.subject, ticket.requester_id, ticket.organisation_id)
        from tickets_ticket as ticket
        where ticket.requester_id = new.id and head.ticket_id = ticket.id and head.message_id is null;
    elsif tg_op = 'UPDATE' then
        update tickets_searchtext as head
        set public = search_head(ticket.id, ticket.subject, ticket.requester_id, ticket.organisation_id)
        from tickets_ticket as ticket
        where ticket.organisation_id = new.id and head.ticket_id = ticket.id and head.message_id is null;
    end if;
    return null;
end $$;

-- What triggers would have written for these tickets, for what was there before them.
create function search_fill(low bigint, high bigint) returns void language sql as $$
    insert into tickets_searchtext (ticket_id, public, is_withheld)
    select id, search_head(id, subject, requester_id, organisation_id), false
    from tickets_ticket where id >= low and id < high
    on conflict do nothing;
    insert into tickets_searchtext (ticket_id, message_id, public, internal, is_withheld)
    select ticket_id, id, case when is_public then words end, case when is_public then null else words end,
        bounce is not null
    from (
        select *, search_vector(text) || search_shelves(ticket_id) as words,
            kind = 'public' and state = 'sent' as is_public
        from tickets_message where ticket_id >= low and ticket_id < high
    ) as written
    on conflict do nothing;
    select search_learn(array_agg(distinct word)) from (
        select unnest(search_words(text)) as word from tickets_message where ticket_id >= low and ticket_id < high
        union select unnest(search_words(subject)) from tickets_ticket where id >= low and id < high
    ) as words;
$$;

-- Words near to one that was mistyped. The threshold belongs to the call, not to the connection.
create function search_similar(word text, how_many integer) returns setof tickets_searchword
stable strict language sql set pg_trgm.similarity_threshold = 0.25 as $$
    select * from tickets_searchword where plain % word order by similarity(plain, word) desc, id limit how_many
$$;

create trigger search_new_messages after insert on tickets_message
    referencing new table as written for each statement execute function search_new_messages();
create trigger search_changed_message after update on tickets_message for each row
    when ((old.text, old.kind, old.state, old.ticket_id, old.bounce is null)
        is distinct from (new.text, new.kind, new.state, new.ticket_id, new.bounce is null))
    execute function search_changed_message();
create trigger search_new_tickets after insert on tickets_ticket
    referencing new table as written for each statement execute function search_new_tickets();
create trigger search_changed_ticket after update on tickets_ticket for each row
    when ((old.subject, old.requester_id, old.organisation_id)
        is distinct from (new.subject, new.requester_id, new.organisation_id))
    execute function search_changed_ticket();
create trigger search_new_person after insert on tickets_user for each row
    execute function search_changed_name('requester');
create trigger search_changed_person after update on tickets_user for each row
    when (old.name is distinct from new.name) execute function search_changed_name('requester');
create trigger search_new_organisation after insert on tickets_organisation for each row
    execute function search_changed_name('organisation');
create trigger search_changed_organisation after update on tickets_organisation for each row
    when (old.name is distinct from new.name) execute function search_changed_name('organisation');

-- What is there already waits for the task. Words of many texts differ in frequency more than usual columns.
insert into tickets_searchbackfill (below) select max(id) + 1 from tickets_ticket having max(id) is not null;
alter table tickets_searchtext alter column public set statistics 1000;
alter table tickets_searchtext alter column internal set statistics 1000;
"""

GONE = """
drop trigger search_new_messages on tickets_message;
drop trigger search_changed_message on tickets_message;
drop trigger search_new_tickets on tickets_ticket;
drop trigger search_changed_ticket on tickets_ticket;
drop trigger search_new_person on tickets_user;
drop trigger search_changed_person on tickets_user;
drop trigger search_new_organisation on tickets_organisation;
drop trigger search_changed_organisation on tickets_organisation;
drop function search_similar, search_fill, search_changed_name, search_changed_ticket, search_new_tickets, search_changed_message,
    search_new_messages, search_defers;
drop function search_learn, search_words, search_head, search_name, search_shelves, search_vector, search_plain;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0010_signing_in"),
    ]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.CreateModel(
            name='SearchBackfill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('below', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(db_collation='C', max_length=40)),
                ('plain', models.CharField(db_collation='C', max_length=80)),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), null=True, size=None)),
            ],
            options={
                'indexes': [models.Index(fields=['text'], name='word_by_text'), models.Index(fields=['plain'], name='word_by_plain'), models.Index(condition=models.Q(('keys__isnull', True)), fields=['id'], name='word_without_keys'), django.contrib.postgres.indexes.GinIndex(fields=['keys'], name='word_by_keys'), django.contrib.postgres.indexes.GinIndex(fields=['plain'], name='word_by_trigrams', opclasses=['gin_trgm_ops'])],
            },
        ),
        migrations.CreateModel(
            name='SearchText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public', django.contrib.postgres.search.SearchVectorField(null=True)),
                ('internal', django.contrib.postgres.search.SearchVectorField(null=True)),
                ('is_withheld', models.BooleanField(default=False)),
                ('message', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='search_text', to='tickets.message')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='search_texts', to='tickets.ticket')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['public'], name='public_words'), django.contrib.postgres.indexes.GinIndex(condition=models.Q(('internal__isnull', False)), fields=['internal'], name='internal_words')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('message', None)), fields=('ticket',), name='one_head_of_a_ticket')],
            },
        ),
        migrations.RunSQL(FUNCTIONS, GONE),
    ]
