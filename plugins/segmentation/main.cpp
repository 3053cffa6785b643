// slicecast-segment: segments every slice. See segment_node.h.
#include "plugins/segmentation/segment_node.h"

int main(int argc, char** argv) {
  return slicecast::plugin::run(slicecast::segment::segment_plugin(), argc, argv);
}
