//! The duty list (职责清单): which unit leads for a category, and which assist.
//!
//! Pure.

use jiff::civil::Date;
use plugin_api::{CodeList, Fault, Matter, Objection, UnitId};

/// The units a matter is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Answers for it.
    pub lead: UnitId,
    /// Help the lead; the lead is none of them, and none is named twice.
    pub assists: Vec<UnitId>,
}

impl Order {
    /// Units that a person named.
    pub fn new(lead: UnitId, named: Vec<UnitId>) -> Order {
        let mut assists = Vec::new();
        for unit in named {
            if unit != lead && !assists.contains(&unit) {
                assists.push(unit);
            }
        }
        Order { lead, assists }
    }

    /// The units of the duty list of a day, with those named besides.
    pub fn by_duty(duty: &CodeList, matter: &Matter, day: Date, named: Vec<UnitId>) -> Result<Order, Fault> {
        let Some(category) = matter.label("category") else {
            return Err(lead_wanted(
                "事项没有类别，职责清单无从适用，请写明主办单位",
                "the matter has no category, so the duty list does not tell; name the lead unit",
            ));
        };
        let Some(row) =
            duty.as_of(day).find(|row| row.column("category") == category && !row.column("lead").is_empty())
        else {
            return Err(lead_wanted(
                format!("职责清单没有类别“{category}”的主办单位，请写明主办单位"),
                format!("the duty list has no lead unit for {category:?}; name the lead unit"),
            ));
        };
        let assists = row.codes("assists").map(UnitId::from).chain(named).collect();
        Ok(Order::new(UnitId::from(row.column("lead")), assists))
    }
}

/// The lead must be named.
pub fn lead_wanted(zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::Refused(vec![Objection::new(zh, en).field("lead")])
}
