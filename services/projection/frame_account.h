// The account of frames, under the name it has here.
#pragma once

#include "common/metrics/frame_account.h"

namespace slicecast::projection {

using metrics::FrameAccount;

}  // namespace slicecast::projection
