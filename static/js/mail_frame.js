// A mail as it was laid out is as high as its words need; the style sheet says how high it may be at most.
// Its page runs no script, and shares our origin only so that it can be measured from here.
function fit(frame) {
  const page = frame.contentDocument?.documentElement;
  if (!page) return;
  const follow = () => {
    const height = Math.ceil(page.getBoundingClientRect().height);
    if (height) frame.style.blockSize = `${height}px`;
  };
  follow();
  new frame.contentWindow.ResizeObserver(follow).observe(page);
}

document.addEventListener("load", (event) => {
  if (event.target instanceof HTMLIFrameElement && event.target.matches(".mail-frame")) fit(event.target);
}, true);
for (const frame of document.querySelectorAll(".mail-frame")) fit(frame);
