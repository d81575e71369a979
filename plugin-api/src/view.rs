//! What a desk can show: typed values that the host draws as text, table, chart or file.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::matter::Lamp;
use crate::{MatterFilter, MatterId, PersonId, PlaceId, Title, UnitId};

/// A request to look at something. Nothing changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ViewRequest {
    /// Name of the view, as in the manifest.
    pub name: String,
    /// Its parameters, checked against the manifest.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// The thing whose page asks, for a view with `of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Subject>,
    /// Who looks. What the host answers is already cut to what this person may see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// The instant the view is for.
    pub now: Timestamp,
    /// The district's day at that instant.
    pub today: Date,
}

/// What a view with `of` is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A matter.
    Matter(MatterId),
    /// A place.
    Place(PlaceId),
    /// A person.
    Person(PersonId),
    /// A unit.
    Unit(UnitId),
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// Big numbers.
    Tiles(Vec<Tile>),
    /// Names and values.
    Facts(Vec<Fact>),
    /// Rows and columns.
    Table(Table),
    /// A picture of numbers.
    Chart(Chart),
    /// A paragraph.
    Text(Title),
    /// Several of them, one below the other.
    Several(Vec<View>),
}

/// One big number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    /// What it counts.
    pub title: Title,
    /// The number.
    pub value: Cell,
}

/// One named value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its name.
    pub title: Title,
    /// The value.
    pub value: Cell,
}

/// Rows and columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// What it shows.
    pub title: Title,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// Each row has one cell a column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name for exports and the API, `a-z`, `0-9`, `-`.
    pub name: String,
    /// Heading.
    pub title: Title,
}

impl Column {
    /// A column with its headings.
    pub fn new(name: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Column {
        Column { name: name.into(), title: Title::new(zh, en) }
    }
}

/// A picture of numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    /// What it shows.
    pub title: Title,
    /// How to draw it.
    pub kind: ChartKind,
    /// Category of each point along the axis.
    pub categories: Vec<Title>,
    /// The series, each with one number a category.
    pub series: Vec<Series>,
}

/// One series of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// What it counts.
    pub title: Title,
    /// A number for each category.
    pub values: Vec<i64>,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChartKind {
    /// Bars.
    Bar,
    /// A line over time.
    Line,
    /// Shares of a whole.
    Pie,
    /// Series against categories, coloured by value.
    HeatMap,
}

/// One typed value. There is no float.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cell {
    /// Nothing to show.
    Empty,
    /// Text as it was entered or coded.
    Text(String),
    /// Words of the desk, in both languages.
    Title(Title),
    /// A whole number.
    Number(i64),
    /// A whole number and the filter that lists the matters behind it.
    Matters(i64, Box<MatterFilter>),
    /// Fen of CNY.
    Money(i64),
    /// An exact fraction; drawn as a per cent, with both numbers.
    Ratio {
        /// Numerator.
        num: i64,
        /// Denominator; zero is drawn as "no data".
        den: i64,
    },
    /// A lamp.
    Lamp(Lamp),
    /// A matter: its number, drawn as a link to it.
    Matter(String),
    /// A place, drawn by its title.
    Place(PlaceId),
    /// A unit, drawn by its title.
    Unit(UnitId),
    /// An instant, drawn in the district's zone.
    Moment(Timestamp),
    /// A calendar date.
    Date(Date),
}
