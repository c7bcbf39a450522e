// Every behaviour, one file each. They work without each other and talk by events of the document.
// collectstatic joins them into one file (helpdesk/lib/assets.py).
import "./clock.js";
import "./focus.js";
import "./keys.js";
import "./palette_key.js";
import "./choosing.js";
import "./rows.js";
import "./filters.js";
import "./search.js";
import "./composer.js";
import "./attach.js";
import "./draft.js";
import "./leaving.js";
import "./toast.js";
import "./countdown.js";
import "./properties.js";
import "./busy.js";
import "./neighbours.js";
import "./fresh.js";
import "./session.js";
import "./here.js";
import "./live.js";
import "./mail_frame.js";
import "./walk_up.js";
import "./phone_call.js";
import "./print.js";
import "./ordering.js";
