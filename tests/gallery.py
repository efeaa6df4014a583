"""The charts of the gallery in results/gallery: drawn anew by `python -m tests.gallery`, from the shipped baseline."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

from simulator import draw_applications, draw_drivers, load_scenario, open_evidence, save_run, simulate
from simulator.charts import KINDS, Tables, chart, draw_chart
from simulator.language import set_language

FOLDER = Path(__file__).parent.parent / "results" / "gallery"
PAGES = {"zh": ("README.md", "图库", "以下各图由 `subsidysim run baseline` 的结果画出（`subsidysim chart RUN`）。标题由结果填入。"),
         "en": ("README.en.md", "Gallery", "Drawn from the results of `subsidysim run baseline` by `subsidysim chart RUN --lang en`. "
                "Titles are filled in from the results.")}


def make() -> Path:
    """Simulate the shipped baseline, draw every chart in both languages, and write the two pages that show them."""
    scenario = load_scenario("baseline")
    results = simulate([scenario], draw_applications(scenario), draw_drivers([scenario]))
    with tempfile.TemporaryDirectory() as scratch:
        evidence = open_evidence(save_run(scenario, results, scratch))
        for language, (page, title, said) in PAGES.items():
            set_language(language)
            tables = Tables(dataclasses.replace(evidence))  # what is computed anew has titles in the language
            folder = FOLDER / language
            folder.mkdir(parents=True, exist_ok=True)
            lines = [f"# {title}", "", said, ""]
            for kind in KINDS:
                draw_chart(kind, tables, [folder / f"{kind}.svg"])
                finding = chart(kind).finding(tables[kind]).text
                lines += [f"## {chart(kind).NAME[language == 'en']}", "", f"`{kind}`", "", f"![{finding}]({language}/{kind}.svg)", ""]
            (FOLDER / page).write_text("\n".join(lines), "utf-8")
    return FOLDER


if __name__ == "__main__":
    print(make())
