// The segmentation plugin as the SDK runs it: slices in, labels/segment/<slice> and the table
// table/segment/quantities/<slice> out.
#pragma once

#include "plugins/sdk/plugin.h"

namespace slicecast::segment {

plugin::Plugin segment_plugin();

}  // namespace slicecast::segment
