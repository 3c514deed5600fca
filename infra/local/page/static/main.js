// Puts the page together.

import { get, live } from "/static/api.js";
import * as campaign from "/static/campaign.js";
import { byId } from "/static/dom.js";
import * as faults from "/static/faults.js";
import * as inside from "/static/inside.js";
import * as people from "/static/people.js";
import * as phone from "/static/phone.js";
import { loadTexts, onLanguage } from "/static/texts.js";

const AGAIN_MS = 1000;

await loadTexts();
const about = await patiently(() => get("/about"));
byId("campaign-simulated").hidden = !about.calls_simulated;
byId("campaign-real").hidden = about.calls_simulated;
byId("phone-simulated").hidden = !about.phones_simulated;
byId("phone-real").hidden = about.phones_simulated;
byId("foot").hidden = !about.calls_simulated || !about.phones_simulated;
byId("sender").textContent = about.sender;

people.load();
onLanguage(people.translate);
inside.begin();
if (about.calls_simulated) campaign.begin(about);
if (about.phones_simulated) phone.begin(about);
if (about.calls_simulated || about.phones_simulated) faults.begin();
live({
  calls: (called) => about.calls_simulated && campaign.follow(called),
  phones: () => about.phones_simulated && phone.refresh(),
  inside: inside.tell,
  lost: (is) => (document.querySelector(".lost").hidden = !is),
});

async function patiently(ask) {
  for (;;) {
    try {
      return await ask();
    } catch {
      document.querySelector(".lost").hidden = false;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
