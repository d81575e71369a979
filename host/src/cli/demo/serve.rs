//! The example's console: who may sign in, and the host that runs it.

use std::path::Path;

use jiff::civil::Date;
use plugin_api::{RoleId, Title};

use crate::cli::error::Ended;
use crate::cli::host::Run;
use crate::cli::people::{Given, give_password};
use crate::cli::program;
use crate::cli::screen::{Screen, draw_table};
use crate::config::Config;
use crate::directory::Person;
use crate::district::{NotOpened, exercise_ms, read_config};
use crate::store::accounts::Accounts;
use crate::store::open_reading;

/// Gives one person of each role a password, says so, and runs the host until it is stopped.
pub(super) fn serve(dir: &Path, screen: Screen) -> Result<(), Ended> {
    let config = read_config(dir, &program()?)?;
    let accounts = Accounts::open(&config.data).map_err(NotOpened::from)?;
    let now_ms = exercise_ms(open_reading(&config.data)?.reader())?.unwrap_or(0);
    let mut rows = Vec::new();
    for (role, person) in players(&config, config.day_of(now_ms)) {
        let (word, _) = give_password(&accounts, &person.id, Given::Example)?;
        rows.push(vec![screen.pick(&role).to_owned(), person.name.clone(), person.id.to_string(), word]);
    }
    let heads = [("角色", "Role"), ("姓名", "Name"), ("账号", "Account"), ("密码", "Password")];
    let table = draw_table(&heads.map(|(zh, en)| screen.words(zh, en)), &rows);
    let table = table.as_str();
    screen.say(&Title::new(
        format!("\n用这些账号登录网页控制台（密码只显示这一次）：\n{table}\n"),
        format!("\nSign in to the console as one of these (passwords are shown only now):\n{table}\n"),
    ));
    Run::of_demo(dir).run(screen)
}

/// For each role, somebody who holds it.
fn players(config: &Config, day: Date) -> Vec<(Title, &Person)> {
    let directory = &config.directory;
    let holder =
        |role: &RoleId| directory.all_appointments().iter().find(|held| held.role == *role && held.holds_on(day));
    let players = directory.roles().filter_map(|(id, role)| {
        let person = directory.person(&holder(id)?.person)?;
        Some((role.title.clone(), person))
    });
    players.collect()
}
