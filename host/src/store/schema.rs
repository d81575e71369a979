//! The tables, and how an older store becomes a newer one: numbered steps, each in one transaction.

use std::path::Path;

use plugin_api::Title;
use rusqlite::Connection;

use super::StoreError;
use super::opening::APPLICATION;

/// Stores of versions below were made before the first release, and are not brought up.
const FIRST_VERSION: usize = 3;

const VERSIONS: [&str; 2] = [
    // Shapes as measured. A commit's price is the pages it touches, and every page in the middle of a
    // table is one more: so a matter's notes stand in its row, and its events are a chain that the
    // row ends (`last`, then `prev` of each event) instead of an index whose every entry lies elsewhere.
    // Words, which rarely change and are rarely read, stand apart. Numbers of deliveries are not given
    // twice, though their rows go: a journal run again would give others.
    "
    create table meta (key text primary key, value text not null) without rowid;
    create table name (id integer primary key, text text not null unique);

    create table input (
        seq integer primary key, at integer not null, kind integer not null, by integer,
        desk integer, name integer, matter integer, config integer not null, commitment blob, original blob,
        booked blob, seal blob not null
    );
    create table event (
        seq integer primary key, input integer not null, at integer not null, matter integer not null,
        stay integer not null, topic integer not null, desk integer not null, by integer,
        route integer, facts text, commitment blob, prev integer not null, booked blob,
        seal blob not null
    );
    create table body (seq integer primary key, salt blob not null, bytes blob not null);
    create table original (seq integer primary key, salt blob not null, bytes blob not null);

    create table matter (
        id integer primary key, desk integer not null, status integer not null, stage integer not null,
        kind integer not null, marks integer not null, place text not null, last integer not null,
        head text not null, notes text not null
    );
    create table words (matter integer primary key, body text not null);
    create table record (
        desk integer, collection integer, key text, record text not null, primary key (desk, collection, key)
    ) without rowid;
    create table clock (
        matter integer, desk integer, name integer, run text not null, primary key (matter, desk, name)
    ) without rowid;

    create table delivery (
        id integer primary key autoincrement, input integer not null, source integer not null, at integer not null,
        kind integer not null, by integer, desk integer not null, name integer not null, matter integer,
        stay integer not null, owner integer not null, attempt integer not null, due integer, error text not null
    );
    create table key (scope integer, key text, digest blob not null, answer text not null, primary key (scope, key))
        without rowid;
    create table contact (person text primary key, digest blob not null unique, contact text not null) without rowid;
    create table version (hash text primary key, kind integer not null, bytes blob not null) without rowid;
    create table death (digest integer primary key, count integer not null);
    create table late_key (input integer primary key, scope integer not null, key text not null);
    create table erased (person text primary key, seq integer not null) without rowid;
    create table died (input integer, digest integer, count integer not null, primary key (input, digest))
        without rowid;

    create table outbox (
        id integer primary key, input integer not null, at integer not null, matter integer, desk integer not null,
        template integer not null, person text not null, outlet integer not null, title text not null,
        text text not null, receipt integer not null
    );
    create index outbox_matter on outbox (matter);
    create table sent_key (desk integer, key text, primary key (desk, key)) without rowid;
    create table sending (
        id integer primary key, outlet integer not null, state integer not null, attempts integer not null,
        deaths integer not null, due integer not null, ended integer, error text not null, receipt text
    );
    create index sending_ready on sending (outlet, state, due, id) where state in (0, 1);

    create trigger input_kept before delete on input begin select raise(abort, 'the journal is append-only'); end;
    create trigger input_fixed before update on input begin select raise(abort, 'the journal is append-only'); end;
    create trigger event_kept before delete on event begin select raise(abort, 'the journal is append-only'); end;
    create trigger event_fixed before update on event begin select raise(abort, 'the journal is append-only'); end;

    create table account (
        id integer primary key, desk integer not null, class integer not null, key text not null, part text not null,
        unit integer not null, overdraw integer not null, balance integer not null, unique (desk, class, key, part)
    );
    create table transfer (
        id integer primary key, desk integer not null, key text not null, debit integer not null,
        credit integer not null, amount integer not null check (typeof(amount) = 'integer' and 0 < amount),
        date text not null, input integer not null, at integer not null, memo text, reverses integer unique,
        row integer not null, unique (desk, key), check (debit <> credit)
    );
    create index transfer_debit on transfer (debit, date, id, amount);
    create index transfer_credit on transfer (credit, date, id, amount);
    create trigger transfer_kept before delete on transfer begin select raise(abort, 'a transfer stands'); end;
    create trigger transfer_fixed before update on transfer begin select raise(abort, 'a transfer stands'); end;
    create trigger transfer_fits before insert on transfer
        when (select d.unit = c.unit from account d, account c where d.id = new.debit and c.id = new.credit) is not 1
        begin select raise(abort, 'a transfer is between two accounts of one unit'); end;
    create trigger transfer_mirrors before insert on transfer when new.reverses is not null and not exists (
        select 1 from transfer t where t.id = new.reverses and t.desk = new.desk and t.debit = new.credit
        and t.credit = new.debit and t.amount = new.amount and t.reverses is null)
        begin select raise(abort, 'a reversal is the mirror of another transfer'); end;
    create trigger account_kept before delete on account begin select raise(abort, 'an account stays'); end;
    create trigger account_fixed before update of id, desk, class, key, part, unit on account
        begin select raise(abort, 'an account stays what it is'); end;
    create trigger account_whole before update of balance on account when typeof(new.balance) <> 'integer'
        begin select raise(abort, 'a balance is a whole number'); end;
    create trigger account_opened before insert on account when new.balance < 0 and not new.overdraw
        begin select raise(abort, 'an account would be overdrawn'); end;
    create trigger account_held before update of balance on account
        when new.balance < 0 and new.balance < old.balance and not new.overdraw
        begin select raise(abort, 'an account would be overdrawn'); end;

    create table job (
        id integer primary key autoincrement, desk integer not null, name integer not null, matter integer,
        stay integer not null, owner integer not null, at integer not null, params text not null,
        attempt integer not null, due integer, error text not null, input integer not null
    );

    create table schedule (id text primary key, every text not null, since integer not null, last integer) without rowid;
    ",
    // Files that forms named, by the matter they came to; 0 where it is not known yet. `gone` are those whose
    // bytes went with a person that was erased.
    "
    create table file (
        matter integer, sha256 text, input integer, small text not null, bytes integer not null,
        gone integer not null default 0, primary key (matter, sha256, input)
    ) without rowid;
    create index file_sha256 on file (sha256);
    create index file_small on file (small);
    create index file_input on file (input);
    ",
];

const NEWEST_VERSION: usize = FIRST_VERSION + VERSIONS.len() - 1;

/// Brings the store to this program's version.
pub(super) fn migrate(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(db)?;
    check_known(path, found)?;
    let begun = found.saturating_sub(FIRST_VERSION - 1);
    for (number, step) in (FIRST_VERSION..).zip(VERSIONS).skip(begun) {
        let marks = format!("pragma application_id = {APPLICATION}; pragma user_version = {number};");
        db.execute_batch(&format!("begin immediate; {step} {marks} commit;"))?;
    }
    Ok(())
}

/// The tables as this version has them, in an empty database.
pub(super) fn make(db: &Connection) -> Result<(), StoreError> {
    VERSIONS.iter().try_for_each(|step| Ok(db.execute_batch(step)?))
}

/// Refuses a store of another version, for those that only read.
pub(super) fn check(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(db)?;
    check_known(path, found)?;
    if found != NEWEST_VERSION {
        let path = path.display();
        return Err(StoreError::Unusable(Title::new(
            format!("{path} 是旧版本的；执行 hongling run 会升级它"),
            format!("{path} is of an older version; `hongling run` brings it up"),
        )));
    }
    Ok(())
}

fn check_known(path: &Path, found: usize) -> Result<(), StoreError> {
    let path = path.display();
    if NEWEST_VERSION < found {
        return Err(StoreError::Unusable(Title::new(
            format!(
                "{path} 是第 {found} 版，比本程序认得的第 {NEWEST_VERSION} 版新；请用新版程序；若没有新版，则文件已损坏，请恢复备份"
            ),
            format!(
                "{path} is of version {found}, newer than this program knows ({NEWEST_VERSION}); use the newer program, \
                 or, if there is none, the file is damaged: take a backup back"
            ),
        )));
    }
    if found != 0 && found < FIRST_VERSION {
        return Err(StoreError::Unusable(Title::new(
            format!("{path} 是首个正式版之前建的，不能升级；请重新建目录，或恢复备份"),
            format!(
                "{path} was made before the first release and cannot be brought up; make the folder anew, or take a backup back"
            ),
        )));
    }
    Ok(())
}

fn version(db: &Connection) -> Result<usize, StoreError> {
    Ok(db.query_row("pragma user_version", [], |row| row.get(0))?)
}
