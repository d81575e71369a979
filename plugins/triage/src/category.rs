//! The district's categories: what size each has, and whether it is urgent or the owners'.
//!
//! Always holds: a category that was read has a size, or is a group of others.

use jiff::civil::Date;
use plugin_api::{CodeList, Fault, ListRow, Objection, Title};
use serde::{Deserialize, Serialize};

/// How much a matter takes (小事易事、大事、难事).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// The compound can settle it.
    Small,
    /// It needs the station.
    Big,
    /// It needs the station, and not its lowest rung.
    Hard,
}

impl Size {
    fn parse(text: &str) -> Option<Size> {
        match text {
            "small" | "小事易事" => Some(Size::Small),
            "big" | "大事" => Some(Size::Big),
            "hard" | "难事" => Some(Size::Hard),
            _ => None,
        }
    }

    /// The size as labels have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Size::Small => "small",
            Size::Big => "big",
            Size::Hard => "hard",
        }
    }

    /// The size in words.
    pub(crate) fn title(self) -> Title {
        match self {
            Size::Small => Title::new("小事易事", "Small"),
            Size::Big => Title::new("大事", "Big"),
            Size::Hard => Title::new("难事", "Hard"),
        }
    }
}

/// A category that matters can be sorted into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Category<'a> {
    pub code: &'a str,
    pub size: Size,
    pub is_urgent: bool,
    /// Civil Code 278: the owners decide together.
    pub is_reserved: bool,
}

/// The list `category`.
pub(crate) struct Categories {
    list: CodeList,
}

impl Categories {
    /// Reads the list.
    ///
    /// # Errors
    /// Every row whose size is none.
    pub(crate) fn read(list: &CodeList) -> Result<Categories, Fault> {
        let is_wrong = |row: &ListRow| !row.column("size").is_empty() && Size::parse(row.column("size")).is_none();
        let wrong = (1..).zip(&list.0).filter(|(_, row)| is_wrong(row)).map(|(number, row)| {
            let (code, size) = (&row.code, row.column("size"));
            let objection = Objection::new(
                format!("代码表 category 的 {code}：定级“{size}”应为 small、big 或 hard"),
                format!("list category, {code}: the size {size:?} is none of small, big, hard"),
            );
            objection.field("category.size").row(number)
        });
        let wrong: Vec<Objection> = wrong.collect();
        if wrong.is_empty() { Ok(Categories { list: list.clone() }) } else { Err(Fault::Refused(wrong)) }
    }

    /// The category of a code that holds on a day; a group is none.
    pub(crate) fn find(&self, code: &str, day: Date) -> Option<Category<'_>> {
        let row = self.list.find(code, day)?;
        let size = Size::parse(row.column("size"))?;
        let is_yes = |name| matches!(row.column(name), "true" | "yes" | "1" | "是");
        let (is_urgent, is_reserved) = (is_yes("urgent"), is_yes("reserved-to-owners"));
        Some(Category { code: &row.code, size, is_urgent, is_reserved })
    }

    /// The same, for a person who chose it.
    ///
    /// # Errors
    /// Refused for a group, or a category that does not hold on the matter's day.
    pub(crate) fn find_sortable(&self, code: &str, day: Date) -> Result<Category<'_>, Fault> {
        self.find(code, day).ok_or_else(|| {
            let title = self.title(code);
            let objection = Objection::new(
                format!("“{}”是大类或已停用，请选其下的具体类别", title.zh),
                format!("{:?} is a group or out of use; choose a category within it", title.en),
            );
            Fault::Refused(vec![objection.field("category")])
        })
    }

    /// Whether there is, at any time, such a category to sort into.
    pub(crate) fn has(&self, code: &str) -> bool {
        self.list.0.iter().any(|row| row.code == code && Size::parse(row.column("size")).is_some())
    }

    /// The words for a code; the code itself where the list no longer has it.
    pub(crate) fn title(&self, code: &str) -> Title {
        let row = self.list.0.iter().find(|row| row.code == code);
        row.map_or_else(|| Title::new(code, code), |row| row.title.clone())
    }

    /// The size of a code, whenever it held.
    pub(crate) fn size(&self, code: &str) -> Option<Size> {
        self.list.0.iter().find(|row| row.code == code).and_then(|row| Size::parse(row.column("size")))
    }
}
