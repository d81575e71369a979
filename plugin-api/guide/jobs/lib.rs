//! 普查: counts houses, of which there may be more than one step should read.

use plugin_api::{District, Effects, Fault, Host, Job, Plugin, RecordRange, Step};
use serde::Deserialize;
use serde_json::{Value, json};

pub struct Survey;

#[derive(Deserialize)]
pub struct Settings {}

#[derive(Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    Count {
        floors: u32,
    },
    #[serde(rename = "job.count")]
    Counted {
        houses: u32,
    },
}

impl Plugin for Survey {
    type Settings = Settings;
    type Input = Input;
    type Note = ();

    fn open(_: Settings, _: District) -> Result<Survey, Fault> {
        Ok(Survey)
    }

    fn handle(&self, input: Input, step: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
        Ok(match input {
            // Kept with the step, so it is run again after a restart.
            Input::Count { floors } => Effects::new().work("count", &json!({ "floors": floors })),
            Input::Counted { houses } => {
                Effects::new().put("result", step.today.to_string(), &json!({ "houses": houses }))
            }
        })
    }

    // Beside the engine: it may take its time, reads page by page, and changes nothing.
    fn work(&self, job: &Job, host: &dyn Host) -> Result<Value, Fault> {
        let floors = job.params["floors"].as_u64();
        let mut range = RecordRange::default();
        let mut houses = 0;
        loop {
            let page = host.records_in("house", &range)?;
            let Some((last, _)) = page.last() else { break };
            range.after.clone_from(last);
            houses += page.iter().filter(|(_, house)| floors <= house["floors"].as_u64()).count();
        }
        Ok(json!({ "houses": houses }))
    }
}
