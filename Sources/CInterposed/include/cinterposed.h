#pragma once

// Nothing to call: an executable that links this target has its libc functions for clocks,
// entropy and threads in the place of libc's own, as soon as `csim_virtualise` was called.
