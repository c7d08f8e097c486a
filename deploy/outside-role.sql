-- The database role for `monitor serve --only feeds`, the listener that the outside can reach.
--
-- Run it once as the owner of the tables, and again after an upgrade:
--   psql --set ON_ERROR_STOP=1 --file deploy/outside-role.sql DATABASE
-- then give the role a password (\password monitor_outside) and name it in that listener's db.url.
--
-- It reads what a calendar and a patient's page are made of. It can enter what patients tell on their page, and
-- what follows from that in the plan. It cannot add, change or delete a sample, a waiver, an infusion, a person or a
-- protocol, nor change or delete a row of the history.

DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'monitor_outside') THEN
        CREATE ROLE monitor_outside LOGIN;
    END IF;
END $$;

GRANT USAGE ON SCHEMA public TO monitor_outside;

-- To read.
GRANT SELECT ON
    alembic_version, clinic, person, person_clinic, protocol_version, patient, treatment,
    detail, assignment, infusion, sample, seen, waiver, booking, extra, contact_note, discharge,
    report, away, wish, escalation_seen, preference, closure, days_change, visit, period, "check", history, chain_link,
    chain_head, feed, feed_end, feed_fetch
TO monitor_outside;

-- What patients tell, and the addresses that they make and remove. Only ever added to.
GRANT INSERT ON report, away, wish, history, feed, feed_end TO monitor_outside;

-- What it enters is chained to what was entered before (that listener needs history.key, as all others do). It can add
-- to the chain and break it, which `monitor verify` shows; it can change no line of the history.
GRANT INSERT ON chain_link TO monitor_outside;
GRANT UPDATE (position, mac) ON chain_head TO monitor_outside;

-- What follows from it: suggested days move, an entry changes its words.
GRANT INSERT, UPDATE ON visit, period, "check" TO monitor_outside;
GRANT UPDATE (revision) ON treatment TO monitor_outside;

-- Who fetched when.
GRANT INSERT, UPDATE ON feed_fetch TO monitor_outside;

-- The numbers of new rows.
GRANT USAGE ON
    report_id_seq, away_id_seq, wish_id_seq, history_id_seq, feed_id_seq
TO monitor_outside;
