//! Variants that a design makes: they are run and compared like listed ones.

use std::sync::atomic::AtomicBool;

use journeysim::experiment::read;
use journeysim::experiment::replicate::{Chunk, Options, Watch, run_range};
use journeysim::language::fault::Faults;
use journeysim::language::source::FileReader;
use journeysim::language::{Disk, Texts};
use journeysim::scenario::load::Experiment;

const POOLED: &str = "extends = \"scenarios/programs/pooled-ta.toml\"\nhorizon = \"1y\"\nreplications = 2\n";

/// Reads a text as if it lay beside the folder of scenarios.
fn load(text: &str) -> Result<Experiment, Faults> {
    struct Own(Texts);
    impl FileReader for Own {
        fn read(
            &mut self,
            path: &std::path::Path,
            limit: u64,
        ) -> Result<Vec<u8>, journeysim::language::source::ReadError> {
            self.0.read(path, limit).or_else(|_| Disk.read(path, limit))
        }
        fn names(&mut self, folder: &std::path::Path) -> Vec<String> {
            Disk.names(folder)
        }
    }
    let text = format!("{POOLED}{text}\n[assume]\naccounts = 10\n");
    read::experiment("own.toml", &[], &mut Own(Texts::new([("own.toml", text)])))
}

fn run(experiment: &Experiment) -> Chunk {
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
    run_range(experiment, 0..experiment.replications, &Options::default(), &watch).expect("threads")
}

fn names(experiment: &Experiment) -> Vec<&str> {
    experiment.variants.iter().map(|variant| variant.name.as_str()).collect()
}

const CADENCE: &str = "[design]\nkind = \"grid\"\n\
    [[design.factor]]\npath = \"touchpoint.check-in.enabled\"\nname = \"check-in\"\nvalues = [false, true]\n\
    [[design.factor]]\npath = \"touchpoint.check-in.every\"\nname = \"cadence\"\nvalues = [\"30d\", \"90d\"]\n";

/// The pooled program has check-ins every 90 days, switched off: one point of the grid is the scenario itself.
#[test]
fn made_variants_stand_beside_the_scenario_as_it_is_and_none_is_it_again() {
    let experiment = load(CADENCE).unwrap_or_else(|faults| panic!("{faults}"));
    let wanted = [
        "baseline",
        "check-in=false, cadence=30d",
        "check-in=true, cadence=30d",
        "check-in=true, cadence=90d",
    ];
    assert_eq!(names(&experiment), wanted);
    assert_eq!(experiment.baseline, 0);
}

#[test]
fn a_made_variant_is_the_listed_one_that_sets_the_same() {
    let set = "{ \"touchpoint.check-in.enabled\" = true, \"touchpoint.check-in.every\" = \"30d\" }";
    let listed =
        format!("[[variant]]\nname = \"as-is\"\n[[variant]]\nname = \"monthly\"\nset = {set}\n{CADENCE}");
    let experiment = load(&listed).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(names(&experiment)[..2], ["as-is", "monthly"]);
    let made =
        names(&experiment).iter().position(|name| *name == "check-in=true, cadence=30d").expect("made");
    let chunk = run(&experiment);
    let outcomes = |variant: usize| chunk.of(variant).map(|outcome| &outcome.metrics).collect::<Vec<_>>();
    assert_eq!(outcomes(1), outcomes(made));
    assert_ne!(outcomes(0), outcomes(made));
}

#[test]
fn a_made_variant_can_be_the_baseline_and_be_expected_of() {
    let expected = "baseline = \"check-in=true, cadence=90d\"\n[[expect]]\nmetric = \"net_value\"\n\
        variant = \"check-in=true, cadence=30d\"\nminus = \"baseline\"\nrelation = \"<\"\nvalue = 0\n";
    let experiment = load(&format!("{expected}{CADENCE}")).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(names(&experiment)[experiment.baseline], "check-in=true, cadence=90d");
    let wrong =
        load(&format!("baseline = \"check-in=true, cadence=60d\"\n{CADENCE}")).expect_err("no such one");
    let codes: Vec<&str> = wrong.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, ["unknown-variant"]);
}

/// What all variants share cannot be varied, and a value that the setting does not take is found before anything runs.
#[test]
fn faults_of_made_variants_are_reported_where_the_factor_is_written() {
    let factor = |path: &str, values: &str| {
        let text =
            format!("[design]\nkind = \"grid\"\n[[design.factor]]\npath = \"{path}\"\nvalues = {values}\n");
        let faults = load(&text).expect_err("a fault");
        faults.iter().map(|fault| (fault.code, fault.line)).collect::<Vec<_>>()
    };
    assert_eq!(factor("touchpoint.chek-in.every", "[\"30d\", \"60d\"]"), [("path-unmatched", 7)]);
    assert_eq!(factor("stages.utilisation_gate", "[\"70%\", \"75%\"]"), [("unknown-key", 7)]);
    assert_eq!(factor("touchpoint.check-in.every", "[\"30d\", 60]"), [("missing-unit", 8)]);
    let shared = factor("population.accounts", "[10, 20]");
    assert_eq!(shared, [("variant-of-all", 7)]);
}
