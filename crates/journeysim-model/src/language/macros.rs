//! Three ways to declare settings: tables, words, and tables of several kinds.

/// Declares a table: a struct, how it is read, and its JSON Schema. Documentation comments become
/// descriptions.
///
/// A field without `=` must be written, unless its type is an `Option`; a field with `=` has that default.
/// Where no field must be written, the struct has a [`Default`].
///
/// ```
/// use journeysim_model::language::{Share, Span};
///
/// journeysim_model::language::settings! {
///     /// When an account may pass to the next stage.
///     pub struct Gate {
///         /// Utilization to pass [MAU / seats].
///         pub utilization: Share,
///         /// How long it must hold.
///         pub hold: Span = Span::days(14),
///         /// Usage to pass [daily / monthly users].
///         pub usage: Option<Share>,
///     }
/// }
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[doc = $doc:literal])* $vis:vis struct $name:ident {
            $($(#[doc = $about:literal])* $field_vis:vis $field:ident: $type:ty $(= $default:expr)?),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize)]
        $vis struct $name {
            $($(#[doc = $about])* $field_vis $field: $type,)*
        }

        // A bound that does not hold is an error only where it is used, thanks to the `for<'a>`.
        impl Default for $name
        where
            $(for<'a> $type: $crate::language::macros::Spared<{ $crate::language::settings!(@has $($default)?) }>,)*
        {
            fn default() -> Self {
                Self { $($field: $crate::language::settings!(@default $type $(, $default)?)),* }
            }
        }

        impl $crate::language::Setting for $name {
            fn read(
                node: &$crate::language::Node,
                reader: &mut $crate::language::Reader<'_>,
            ) -> Option<Self> {
                let keys = [$($crate::language::macros::key(stringify!($field))),*];
                reader.table(node, &Self::wanted(), &keys)?;
                $(
                    let $field = $crate::language::settings!(
                        @read reader, node, $field: $type, concat!($($about, "\n"),*) $(, $default)?
                    );
                )*
                Some(Self {
                    $($field: match $field {
                        Some(value) => value,
                        None => {
                            reader.fail();
                            $crate::language::settings!(@stand_in $type $(, $default)?)
                        }
                    }),*
                })
            }

            fn schema(
                definitions: &mut $crate::language::schema::Definitions,
            ) -> $crate::language::macros::Json {
                definitions.define::<Self>(stringify!($name), |definitions| {
                    let fields = vec![$($crate::language::settings!(
                        @schema definitions, $field: $type, concat!($($about, "\n"),*) $(, $default)?
                    )),*];
                    $crate::language::schema::Definitions::table(concat!($($doc, "\n"),*), fields)
                })
            }

            fn wanted() -> String {
                "a table".to_owned()
            }

            fn stand_in() -> Option<Self> {
                Some(Self { $($field: $crate::language::settings!(@stand_in $type $(, $default)?)),* })
            }
        }
    };
    (@has) => { false };
    (@has $default:expr) => { true };
    (@default $type:ty) => {
        <$type as $crate::language::Setting>::absent().expect("only an option needs no default")
    };
    (@default $type:ty, $default:expr) => { $default };
    (@stand_in $type:ty) => { <$type as $crate::language::Setting>::stand_in()? };
    (@stand_in $type:ty, $default:expr) => { $default };
    (@read $reader:ident, $node:ident, $field:ident: $type:ty, $about:expr) => {
        $reader.required::<$type>($node, $crate::language::macros::key(stringify!($field)), $about)
    };
    (@read $reader:ident, $node:ident, $field:ident: $type:ty, $about:expr, $default:expr) => {
        $reader.defaulted::<$type>($node, $crate::language::macros::key(stringify!($field)), || $default)
    };
    (@schema $definitions:ident, $field:ident: $type:ty, $about:expr) => {
        (
            $crate::language::macros::key(stringify!($field)),
            $definitions.field::<$type>($about, None),
        )
    };
    (@schema $definitions:ident, $field:ident: $type:ty, $about:expr, $default:expr) => {{
        let default: $type = $default;
        (
            $crate::language::macros::key(stringify!($field)),
            $definitions.field::<$type>($about, $crate::language::macros::to_json(&default)),
        )
    }};
}

/// Declares a word among several: an enum, how it is read, and its JSON Schema.
///
/// ```
/// journeysim_model::language::choices! {
///     /// How a value is compared with its threshold.
///     pub enum Comparison {
///         /// Strictly more.
///         Greater = "gt",
///         /// As much or more.
///         AtLeast = "ge",
///     }
/// }
/// assert_eq!(Comparison::NAMES, ["gt", "ge"]);
/// assert_eq!(Comparison::AtLeast.name(), "ge");
/// ```
#[macro_export]
macro_rules! choices {
    (
        $(#[doc = $doc:literal])* $vis:vis enum $name:ident {
            $($(#[doc = $about:literal])* $choice:ident = $word:literal),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        $vis enum $name {
            $($(#[doc = $about])* $choice,)+
        }

        #[allow(dead_code, reason = "not every list is wanted everywhere")]
        impl $name {
            /// All choices, in order.
            pub const ALL: &'static [Self] = &[$(Self::$choice),+];

            /// The words for all choices, in order.
            pub const NAMES: &'static [&'static str] = &[$($word),+];

            /// Each word with what it means.
            pub const SUMMARIES: &'static [(&'static str, &'static str)] =
                &[$(($word, concat!($($about, "\n"),*))),+];

            /// The word for this choice.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$choice => $word),+
                }
            }

            /// The choice with this word.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|choice| choice.name() == name)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                Self::from_name(&word).ok_or_else(|| ::serde::de::Error::unknown_variant(&word, Self::NAMES))
            }
        }

        impl $crate::language::Setting for $name {
            fn read(
                node: &$crate::language::Node,
                reader: &mut $crate::language::Reader<'_>,
            ) -> Option<Self> {
                let choice = node.as_text().and_then(Self::from_name);
                choice.or_else(|| reader.unknown_choice(node, "choice here", Self::NAMES))
            }

            fn schema(
                definitions: &mut $crate::language::schema::Definitions,
            ) -> $crate::language::macros::Json {
                definitions.define::<Self>(stringify!($name), |_| {
                    let doc = concat!($($doc, "\n"),*);
                    $crate::language::schema::Definitions::choice(doc, Self::SUMMARIES)
                })
            }

            fn wanted() -> String {
                $crate::language::macros::one_of(Self::NAMES)
            }

            fn stand_in() -> Option<Self> {
                Self::ALL.first().copied()
            }
        }

        impl $crate::language::values::SettingKey for $name {
            fn from_key(text: &str) -> Result<Self, $crate::language::quantity::Complaint> {
                Self::from_name(text).ok_or_else(|| $crate::language::macros::unknown_key(text, Self::NAMES))
            }

            fn key_schema() -> $crate::language::macros::Json {
                $crate::language::schema::Definitions::choice("", Self::SUMMARIES)
            }
        }
    };
}

/// Declares tables of several kinds: an enum, how it is read, and its JSON Schema. The key named by the tag
/// (`dist` or `kind`) says which kind a table is, and so which other keys it has.
///
/// ```
/// use journeysim_model::language::Span;
///
/// journeysim_model::language::kinds! {
///     /// When something falls due.
///     pub enum Trigger by "kind" {
///         /// Again and again.
///         Every = "every" {
///             /// How long from one time to the next.
///             interval: Span,
///             /// How long until the first.
///             after: Span = Span::days(0),
///         },
///         /// When the product is first used.
///         FirstPing = "first-ping" {},
///     }
/// }
/// assert_eq!(Trigger::NAMES, ["every", "first-ping"]);
/// ```
#[macro_export]
macro_rules! kinds {
    (
        $(#[doc = $doc:literal])* $vis:vis enum $name:ident by $tag:literal {
            $($(#[doc = $about:literal])* $kind:ident = $word:literal {
                $($(#[doc = $field_doc:literal])* $field:ident: $type:ty $(= $default:expr)?),* $(,)?
            }),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize)]
        #[serde(tag = $tag)]
        $vis enum $name {
            $(
                $(#[doc = $about])*
                #[serde(rename = $word)]
                $kind {
                    $($(#[doc = $field_doc])* $field: $type,)*
                },
            )+
        }

        const _: () = assert!($crate::language::merge::is_tag($tag), "merging must know the tag");

        #[allow(dead_code, reason = "not every list is wanted everywhere")]
        impl $name {
            /// The words for all kinds, in order.
            pub const NAMES: &'static [&'static str] = &[$($word),+];

            /// Each word with what it means.
            pub const SUMMARIES: &'static [(&'static str, &'static str)] =
                &[$(($word, concat!($($about, "\n"),*))),+];

            /// The word for this kind.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind { .. } => $word),+
                }
            }
        }

        impl $crate::language::Setting for $name {
            fn read(
                node: &$crate::language::Node,
                reader: &mut $crate::language::Reader<'_>,
            ) -> Option<Self> {
                match reader.tag(node, $tag, &Self::wanted(), Self::NAMES)? {
                    $($word => {
                        let keys = [$tag, $($crate::language::macros::key(stringify!($field))),*];
                        reader.table(node, &Self::wanted(), &keys)?;
                        $(
                            let $field = $crate::language::settings!(
                                @read reader, node, $field: $type, concat!($($field_doc, "\n"),*) $(, $default)?
                            );
                        )*
                        Some(Self::$kind { $($field: $field?),* })
                    })+
                    _ => None,
                }
            }

            fn schema(
                definitions: &mut $crate::language::schema::Definitions,
            ) -> $crate::language::macros::Json {
                definitions.define::<Self>(stringify!($name), |definitions| {
                    let kinds = vec![$({
                        let fields = vec![$($crate::language::settings!(
                            @schema definitions, $field: $type, concat!($($field_doc, "\n"),*) $(, $default)?
                        )),*];
                        $crate::language::macros::kind($tag, $word, concat!($($about, "\n"),*), fields)
                    }),+];
                    $crate::language::macros::one_kind(concat!($($doc, "\n"),*), &kinds)
                })
            }

            fn wanted() -> String {
                format!("a table {{ {} = \"{}\", ... }}", $tag, Self::NAMES[0])
            }
        }
    };
}

pub use serde_json::Value as Json;
pub use {choices, kinds, settings};

/// A field that need not be written: one with a default, or an option.
pub trait Spared<const HAS_DEFAULT: bool> {}

impl<T> Spared<true> for T {}

impl<T> Spared<false> for Option<T> {}

use super::fault::UNKNOWN_KEY;
use super::nearest;
use super::node::shortened;
use super::quantity::Complaint;
use super::schema::{Definitions, plain};

/// The key in a file for a field: its name, without the mark of a raw identifier.
#[must_use]
pub fn key(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// A default as it stands in a schema.
pub fn to_json<T: serde::Serialize>(value: &T) -> Option<Json> {
    serde_json::to_value(value).ok()
}

/// `"gt" or "ge"`, `one of "gt", "ge", "eq"`.
#[must_use]
pub fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.as_slice() {
        [one, other] => format!("{one} or {other}"),
        _ => format!("one of {}", quoted.join(", ")),
    }
}

/// The complaint about a key that is not among the choices.
#[must_use]
pub fn unknown_key(text: &str, names: &[&str]) -> Complaint {
    let message = format!("`{}` means nothing here", shortened(text));
    Complaint::new(UNKNOWN_KEY, message, nearest::hint(text, "keys", names))
}

/// The schema of a table of one kind.
#[must_use]
pub fn kind<'a>(tag: &'a str, word: &str, doc: &str, mut fields: Vec<(&'a str, Json)>) -> Json {
    fields.insert(0, (tag, serde_json::json!({ "const": word, "description": plain(doc) })));
    let mut schema = Definitions::table(doc, fields);
    schema["title"] = word.into();
    schema
}

/// The schema of a table of one of several kinds.
#[must_use]
pub fn one_kind(doc: &str, kinds: &[Json]) -> Json {
    serde_json::json!({ "description": plain(doc), "anyOf": kinds })
}
