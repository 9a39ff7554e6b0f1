"""The pictures of the documentation: the first screen of a report, and a result on the page of `journeysim serve`.

Run by `cargo xtask pictures`. Arguments: the program, the folder of scenarios, the browser, the folder of pictures.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

PROGRAM, SCENARIOS, BROWSER, PICTURES = sys.argv[1:5]
SCENARIO = "check-in-cadence.toml"

expect.set_options(timeout=120_000)


def report(browser):
    """What a manager sees first, and the charts below it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        subprocess.run(
            [PROGRAM, "compare", f"{SCENARIOS}/{SCENARIO}", "--out", out, "--quiet"], check=True, stdout=subprocess.DEVNULL
        )
        tab = browser.new_page(viewport={"width": 1200, "height": 900}, device_scale_factor=1.5)
        tab.goto((out / "report.html").as_uri())
        charts = tab.locator("figure svg")
        expect(charts.nth(1)).to_be_visible()
        end = tab.locator("figure").nth(1).bounding_box()
        clip = {"x": 0, "y": 0, "width": 1200, "height": end["y"] + end["height"] + 8}
        tab.screenshot(path=f"{PICTURES}/report.png", clip=clip, full_page=True)


def page(browser):
    """A check-in every 45 days against none."""
    command = [PROGRAM, "serve", SCENARIOS, "--port", "0", "--json"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        text = ""
        while not text.endswith("}\n"):
            text += server.stdout.readline()
        tab = browser.new_page(viewport={"width": 1360, "height": 940})
        tab.set_default_timeout(120_000)
        tab.goto(json.loads(text)["address"])
        tab.locator("#scenario").select_option(SCENARIO)
        expect(tab.locator("#name")).to_have_text("Check-in cadence")
        tab.locator('[id="set-touchpoint.check-in.enabled"]').check()
        tab.locator('[id="set-touchpoint.check-in.every"]').fill("45")
        expect(tab.locator("#status")).to_contain_text("Rough answer")
        tab.locator("#what").select_option("changed")
        tab.locator("#replications").fill("60")
        tab.get_by_role("button", name="Run", exact=True).click()
        expect(tab.locator("#status")).to_have_text("Finished: 60 replications.")
        tab.mouse.move(0, 0)
        tab.evaluate("document.activeElement.blur()")
        tab.screenshot(path=f"{PICTURES}/serve.png")
    finally:
        server.terminate()
        server.wait()


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
    report(browser)
    page(browser)
    browser.close()
