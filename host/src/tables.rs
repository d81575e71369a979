//! Tables in and out: rows of an import, cells of a view.

pub mod drawn;
