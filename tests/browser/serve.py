"""The page of `journeysim serve` in a real browser.

Run by `cargo xtask test`, which sets up what it needs. Arguments: the program, the folder of scenarios, the browser.
"""

import json
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

PROGRAM, SCENARIOS, BROWSER = sys.argv[1:4]

# How long something may take on a machine that is busy with other things.
PATIENCE = 60_000

expect.set_options(timeout=PATIENCE)


@contextmanager
def server():
    """The server on a free port, and its address."""
    process = subprocess.Popen(
        [PROGRAM, "serve", SCENARIOS, "--port", "0", "--json"], stdout=subprocess.PIPE, text=True
    )
    try:
        text = ""
        while not text.endswith("}\n"):
            text += process.stdout.readline()
        yield json.loads(text)["address"]
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0, "the server ends cleanly"


class Page:
    """A tab that remembers whatever it should not have done."""

    def __init__(self, context, address):
        self.wrong = []
        self.tab = context.new_page()
        self.tab.set_default_timeout(PATIENCE)
        self.tab.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)
        self.tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.tab.on("request", lambda asked: self.foreign(asked.url, address))
        self.tab.goto(address)
        expect(self.tab.locator("#controls .setting").first).to_be_attached()

    def foreign(self, url, address):
        if not url.startswith((address, "data:", "blob:")):
            self.wrong.append(f"asks for {url}")

    def run(self, replications=None):
        if replications:
            self.tab.locator("#replications").fill(str(replications))
        self.tab.get_by_role("button", name="Run", exact=True).click()

    def status(self, words):
        expect(self.tab.locator("#status")).to_contain_text(words)

    def view(self, name):
        self.tab.get_by_role("tab", name=name).click()

    def set(self, path, value):
        self.tab.locator("#find").fill(path)
        field = self.tab.locator(f'[id="set-{path}"]')
        field.fill(value)
        self.tab.locator("#find").fill("")

    def has_no_serious_fault(self, where):
        found = Axe().run(self.tab).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        told = [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in serious]
        assert not serious, f"{where}: {told}"


def choose(page, file):
    page.tab.locator("#scenario").select_option(file)
    expect(page.tab.locator("#name")).not_to_have_text("Scenarios")


def explains_itself(page):
    expect(page.tab.locator("#view-words")).to_contain_text("accounts are under contract")
    expect(page.tab.locator("#name")).to_have_text("Pooled technical advisors")
    page.has_no_serious_fault("in words")


def a_changed_threshold_gives_a_rough_answer_and_a_run_the_full_one(page):
    page.set("stages.utilization_gate", "60")
    page.status("Rough")
    expect(page.tab.locator(".card").first).to_contain_text("changed")
    page.run(24)
    page.status("Finished: 24 replications.")
    expect(page.tab.locator(".card .difference").first).to_be_visible()
    page.has_no_serious_fault("results")


def charts_accounts_and_runs_are_shown(page):
    page.view("Charts")
    expect(page.tab.locator("#view-charts .drawing svg").nth(3)).to_be_visible()
    page.has_no_serious_fault("charts")
    page.view("Accounts")
    expect(page.tab.locator("#view-accounts tbody tr").nth(100)).to_be_attached()
    heads = page.tab.locator("#view-accounts thead th").all_inner_texts()
    assert "Day of churn" in heads and not any("_" in head for head in heads), heads
    page.tab.locator("#accounts-find").fill("churned")
    expect(page.tab.locator("#view-accounts [role=status]")).to_contain_text("accounts of the first replication")
    page.has_no_serious_fault("accounts")
    page.view("Runs")
    expect(page.tab.locator("#view-runs tbody tr")).to_have_count(1)
    page.has_no_serious_fault("runs")


def an_account_leads_to_its_life(page):
    page.view("Accounts")
    page.tab.locator("#accounts-find").fill("")
    for link, heading in [("The life of account 1 (new tab)", "Account 1 of"), ("Account 1 beside", "Account 1 of")]:
        with page.tab.context.expect_page() as opened:
            page.tab.get_by_role("link", name=link).first.click()
        life = opened.value
        said = []
        life.on("console", lambda one: said.append(one.text))
        life.reload()
        expect(life.locator("h1")).to_contain_text(heading)
        assert not said, said
        life.close()


def a_book_is_uploaded_and_a_wrong_one_refused(page):
    choose(page, "book.toml")
    expect(page.tab.locator("#name")).to_have_text("Our own book")
    faults = page.tab.locator("#faults")
    book = page.tab.locator("#book")
    wrong = {"name": "wrong.csv", "mimeType": "text/csv", "buffer": b"name,colour\nA,red\n"}
    book.set_input_files(wrong)
    expect(faults).to_contain_text("wrong.csv has no column `Account ID`")
    expect(page.tab.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    book.set_input_files({"name": "picture.png", "mimeType": "image/png", "buffer": bytes(range(256))})
    expect(faults).to_contain_text("a list of accounts is a file such as accounts.csv")
    book.set_input_files(Path(SCENARIOS) / "data/book.csv")
    expect(page.tab.locator("#book-name")).to_contain_text("book.csv")
    expect(faults).to_be_empty()
    page.run(4)
    page.status("Finished: 4 replications.")
    page.tab.get_by_role("button", name="Put the uploaded book away").click()
    choose(page, "programs/pooled-ta.toml")
    expect(page.tab.locator("#name")).to_have_text("Pooled technical advisors")
    book.set_input_files(Path(SCENARIOS) / "data/book.csv")
    expect(faults).to_contain_text("Which column holds what is never guessed")
    page.tab.get_by_role("button", name="Put the uploaded book away").click()
    expect(faults).to_be_empty()


def variants_of_a_design_are_run(page):
    choose(page, "cadence-and-gate.toml")
    expect(page.tab.locator("#name")).to_have_text("Cadence and gate")
    page.run(4)
    page.status("Finished: 4 replications.")
    expect(page.tab.locator(".card").first.locator("dt")).to_have_count(6)
    choose(page, "programs/pooled-ta.toml")
    expect(page.tab.locator("#name")).to_have_text("Pooled technical advisors")


def numbers_come_at_once(page):
    """First ones after Run, rough ones after a slider. How quickly is told, to be held against a second and 300 ms by who reads
    it: on a machine that is busy with other things it says nothing."""
    script = """async (value) => {
        const before = document.querySelector(".cards");
        const begun = performance.now();
        if (value === null) {
            document.getElementById("run").click();
        } else {
            const slider = document.querySelector("#controls input[type=range]");
            slider.value = value;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
        }
        const shown = () => document.querySelector(".cards");
        while (!shown() || shown() === before) await new Promise(requestAnimationFrame);
        return performance.now() - begun;
    }"""
    for values, words in [([None] * 3, "Finished:"), ([61, 62, 63, 64, 65], "Rough answer")]:
        took = []
        for value in values:
            took.append(page.tab.evaluate(script, value))
            page.status(words)
        print(f"{words} first numbers after {', '.join(f'{each:.0f}' for each in took)} ms", flush=True)
    page.tab.get_by_role("button", name="Undo all changes").click()


def a_slider_on_the_move_is_not_said_to_be_stopped(page):
    said = page.tab.evaluate("""async () => {
        const status = document.getElementById("status");
        const said = [];
        new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true, characterData: true, subtree: true });
        const slider = document.querySelector("#controls input[type=range]");
        for (let value = 55; value < 75; value += 1) {
            slider.value = value;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            await new Promise((next) => setTimeout(next, 40));
        }
        while (!status.textContent.startsWith("Rough answer")) await new Promise(requestAnimationFrame);
        return said;
    }""")
    assert said and not any(words.startswith("Stopped") for words in said), said
    page.tab.get_by_role("button", name="Undo all changes").click()


def runs_are_compared(page):
    page.set("stages.utilization_gate", "70")
    page.status("Rough answer")
    page.run(10)
    page.status("Finished: 10 replications.")
    page.view("Runs")
    for number in range(2):
        page.tab.locator("#view-runs tbody input[aria-label^=Choose]").nth(number).check()
    page.tab.get_by_role("button", name="Compare the chosen runs").click()
    expect(page.tab.locator(".card dt").nth(1)).to_contain_text("run-")
    page.status("Finished: 10 replications.")


def what_was_done_can_be_taken_away(page):
    page.view("Runs")
    with page.tab.expect_download() as taken:
        page.tab.get_by_role("link", name="Changes as TOML").first.click()
    assert "[[variant]]" in Path(taken.value.path()).read_text()
    with page.tab.expect_download() as taken:
        page.tab.get_by_role("link", name="Run folder").first.click()
    names = zipfile.ZipFile(taken.value.path()).namelist()
    assert any(name.endswith("/manifest.json") for name in names), names


def a_long_run_can_be_stopped(page):
    page.run(900)
    page.status("Running")
    expect(page.tab.locator("#meter")).to_be_visible()
    page.tab.get_by_role("button", name="Stop", exact=True).click()
    page.status("Stopped")


def a_wrong_text_says_where(page):
    page.view("Text")
    text = page.tab.locator("#toml")
    before = text.input_value()
    text.fill(before.replace('horizon = "3y"', 'horizon = "soon"'))
    faults = page.tab.locator("#faults")
    expect(faults).to_contain_text("programs/pooled-ta.toml:12:11")
    page.has_no_serious_fault("faults")
    faults.get_by_role("button").first.click()
    expect(page.tab.locator("#toml-place")).to_have_text("line 12, column 11")
    page.tab.get_by_role("button", name="Undo all edits of this file").click()
    expect(faults).to_be_empty()


def a_wrong_value_is_said_beside_its_field(page):
    page.set("stages.utilization_gate", "170")
    expect(page.tab.locator('[id="set-stages.utilization_gate-fault"]')).to_contain_text("170")
    page.tab.get_by_role("button", name="Undo all changes").click()


def loading_again_goes_on_with_the_run(page):
    page.run(700)
    page.status("Running")
    page.tab.reload()
    page.status("Running")
    page.tab.get_by_role("button", name="Stop", exact=True).click()
    page.status("Stopped")


def two_tabs_do_not_disturb_each_other(page, context, address):
    other = Page(context, address)
    choose(other, "check-in-cadence.toml")
    expect(other.tab.locator("#name")).to_have_text("Check-in cadence")
    page.run(20)
    other.run(6)
    other.status("Finished: 6 replications.")
    expect(other.tab.locator(".card dt").nth(3)).to_be_visible()
    page.status("Finished: 20 replications.")
    expect(page.tab.locator("#name")).to_have_text("Pooled technical advisors")
    return other


def a_narrow_page_has_room_for_everything(page):
    page.tab.set_viewport_size({"width": 380, "height": 800})
    for name in ["In words", "Results", "Charts", "Runs", "Accounts", "Text"]:
        page.view(name)
        wide = page.tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels too wide"
    page.has_no_serious_fault("narrow")


def keys_are_enough(page):
    tab = page.tab.get_by_role("tab", name="In words")
    tab.focus()
    page.tab.keyboard.press("ArrowRight")
    expect(page.tab.get_by_role("tab", name="Results")).to_be_focused()
    page.tab.keyboard.press("End")
    expect(page.tab.locator("#view-text")).to_be_visible()


def main():
    with sync_playwright() as playwright, server() as address, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"], downloads_path=folder)
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        page = Page(context, address)
        pages = [page]
        steps = [
            explains_itself,
            a_changed_threshold_gives_a_rough_answer_and_a_run_the_full_one,
            charts_accounts_and_runs_are_shown,
            an_account_leads_to_its_life,
            runs_are_compared,
            what_was_done_can_be_taken_away,
            a_wrong_value_is_said_beside_its_field,
            a_long_run_can_be_stopped,
            a_wrong_text_says_where,
            loading_again_goes_on_with_the_run,
            a_book_is_uploaded_and_a_wrong_one_refused,
            variants_of_a_design_are_run,
            numbers_come_at_once,
            a_slider_on_the_move_is_not_said_to_be_stopped,
            keys_are_enough,
        ]
        for step in steps:
            begun = time.monotonic()
            step(page)
            print(f"{step.__name__.replace('_', ' ')}: ok ({time.monotonic() - begun:.1f} s)", flush=True)
        pages.append(two_tabs_do_not_disturb_each_other(page, context, address))
        a_narrow_page_has_room_for_everything(page)
        dark = browser.new_context(color_scheme="dark", viewport={"width": 1400, "height": 900})
        pages.append(Page(dark, address))
        pages[-1].has_no_serious_fault("dark")
        for one in pages:
            # A refused request is an error to the console, and was asked for here.
            wrong = [words for words in one.wrong if "422 (Unprocessable" not in words]
            assert not wrong, wrong
        browser.close()
    print("the page in the browser: ok")


main()
