// No link of a page leads nowhere, for anybody.
import { crawl } from "../look.mjs";

export default async function links(stage) {
  const dead = [];
  for (const p of stage.everybody()) {
    await p.refresh(); // a second key is added by who used one just now
    // The watch is everybody's; a principal begins elsewhere.
    for (const x of await crawl(p, ["/"], 2)) {
      if (x.status >= 400) dead.push(`${x.path} answers ${p.party.id} ${p.role} with ${x.status}`);
    }
  }
  if (dead.length) throw new Error([...new Set(dead)].join("\n"));
}
