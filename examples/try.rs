use journeysim::engine::run::{Keep, Opening};
fn main() {
    let f = std::env::args().nth(1).unwrap();
    let n: u32 = std::env::args().nth(2).map_or(5, |x| x.parse().unwrap());
    let sets: Vec<String> = std::env::args().skip(3).collect();
    let e = match journeysim::scenario::load::experiment(&f, &sets, &mut journeysim::language::source::Disk) { Ok(e) => e, Err(x) => { println!("{x}"); return } };
    for v in &e.variants {
        let (mut up, mut ren, mut ch, mut nr, mut ev, mut days, mut min) = (0.0, 0.0, 0u32, 0u32, 0u64, 0u64, 0.0);
        let mut wins = [[0.0f64; 3]; 3];
        let mut ops = [[0.0f64; 3]; 3];
        let mut bands = [[0u32; 4]; 3];
        let mut bd = [0u64;3]; let mut sd=[0u64;5];
        let t = std::time::Instant::now(); let mut to = std::time::Duration::ZERO;
        let mut lh=0; let mut um=(0.0,0u32,0u32); let mut us=(0.0,0u32,0u32); let mut both=0;
        let mut tenure=[0.0;6]; let mut tn=[0.0;6]; let mut prop=[0.0;6]; let mut sh=[[0.0;8];6];
        let mut cause=[0u32;2]; let mut mv=[0.0f64;4];
        for r in 0..n {
            let t0 = std::time::Instant::now();
            let o = Opening::new(&e.variants[e.baseline].scenario, r);
            to += t0.elapsed();
            let rec = o.run(&v.scenario, Keep::default());
            for x in &rec.renewals { up += x.up.cents() as f64; ren += x.renewed.cents() as f64; nr += 1; ch += u32::from(x.renewed.cents() == 0);
                let b = &mut bands[x.band as usize]; b[0] += 1; if x.renewed.cents() == 0 { b[1] += 1 } else if x.renewed < x.up { b[2] += 1 } if x.lighthouse {b[3]+=1} }
            for w in &rec.windows { let k = w.window as usize; ops[k][0] += w.opening.cents() as f64; wins[k][0] += w.closing.min(w.opening).cents() as f64; wins[k][1] += w.closing.cents() as f64; ops[k][1] += 1.0; if w.closing.cents() > 0 { wins[k][2] += 1.0 } }
            ev += rec.events; lh += rec.lighthouse.len();
            let b = rec.ledger.balance(); assert!(b.holds(), "ledger"); assert_eq!(b.closing, rec.closing);
            for w in &rec.weeks { let h = ((w.day.0 / 183).clamp(0,5)) as usize; tenure[h]+=w.tenure; prop[h]+=w.propensity; tn[h]+=w.accounts as f64; for i in 0..5 { sh[h][i]+=w.stages[i] as f64 } for i in 0..3 { sh[h][5+i]+=w.bands[i] as f64 } }
            for en in rec.ledger.entries() { use journeysim::renewal::ledger::Part; mv[0]+=en.parts.of(Part::Seats).cents() as f64; mv[1]+=en.parts.of(Part::Price).cents() as f64; mv[2]+=en.parts.of(Part::Products).cents() as f64; mv[3]+=en.parts.of(Part::TrueUp).cents() as f64; }
            for a in &rec.accounts { days += u64::from(a.days); min += a.minutes; for i in 0..3 { bd[i] += u64::from(a.band_days[i]) } for i in 0..5 { sd[i]+=u64::from(a.stage_days[i]) }
                um.0 += a.utilization_sum; um.1 += a.months; um.2 += a.months_utilization_healthy; us.0 += a.usage_sum; us.1+=a.usage_months; us.2 += a.months_usage_healthy; }
            let _ = (&mut both, &mut cause);
        }
        let el = t.elapsed();
        println!("== {} renewals {} churn {:.3} renewal rate {:.4} events/acct-yr {:.1} hours/acct-yr {:.2} lh/rep {}", v.name, nr, f64::from(ch) / f64::from(nr), ren / up, ev as f64 / (days as f64 / 365.0), min / 60.0 / (days as f64 / 365.0), lh as f64/n as f64);
        for k in 0..3 { println!("  window {k}: GRR {:.4} NRR {:.4} logo {:.4} accounts {:.0}", wins[k][0] / ops[k][0], wins[k][1] / ops[k][0], wins[k][2] / ops[k][1], ops[k][1] / n as f64); }
        for (i, b) in bands.iter().enumerate() { println!("  band {i}: {} ({:.3}) churn {:.3} down {:.3} lh {:.3}", b[0], b[0] as f64 / nr as f64, b[1] as f64 / b[0] as f64, b[2] as f64 / b[0] as f64, b[3] as f64/b[0] as f64); }
        let bt: u64 = bd.iter().sum(); let st: u64 = sd.iter().sum();
        println!("  bands {:?} stages {:?}", bd.map(|x| x as f64 / bt as f64), sd.map(|x| x as f64 / st as f64));
        println!("  util mean {:.3} healthy {:.3}; usage mean {:.3} healthy {:.3}", um.0 / um.1 as f64, um.2 as f64 / um.1 as f64, us.0 / us.1 as f64, us.2 as f64 / us.1 as f64);
        println!("  parts $/yr of opening: seats {:.4} price {:.4} products {:.4} trueup {:.4}", mv[0]/ops[0][0]/3., mv[1]/ops[0][0]/3., mv[2]/ops[0][0]/3., mv[3]/ops[0][0]/3.);
        for h in 0..6 { println!("  half {h}: tenure {:.1} propensity {:.4} shares {:?}", tenure[h]/tn[h], prop[h]/tn[h], sh[h].map(|x| (x/tn[h]*1e4).round()/1e4)); }
        println!("  {:?} per rep, opening {:?}; {:.1} M account-days/s (run only)", el / n, to / n, days as f64 / (el - to).as_secs_f64() / 1e6);
    }
}
