#include "plugins/segmentation/trained_scale.h"

using namespace slicecast;
using namespace slicecast::segment;

TEST_CASE("values in another unit than those trained on are refused, with the remedy") {
  const TrainedOn trained{0.01, "1/mm"};
  const auto pixels = scale_of(trained, {0.01, "1/pixel"});
  REQUIRE_FALSE(pixels);
  CHECK(pixels.error().message ==
        "the network was trained on values in 1/mm and the slice has values in 1/pixel; give the "
        "scan its pixel size or choose another model");
  CHECK_FALSE(scale_of(trained, {0.01, ""}));
}

TEST_CASE("pixels within a factor of the square root of two are what was trained on") {
  const TrainedOn trained{0.01, "1/mm"};
  for (double size : {0.01, 0.0072, 0.0141, 0.014142, 0.0070711}) {
    INFO(size);
    const auto scale = scale_of(trained, {size, "1/mm"});
    REQUIRE(scale);
    CHECK(*scale == Scale::trained);
  }
  for (double size : {0.0, -1.0, 0.007, 0.0143, 0.1}) {
    INFO(size);
    const auto scale = scale_of(trained, {size, "1/mm"});
    REQUIRE(scale);
    CHECK(*scale == Scale::outside);
  }
}

TEST_CASE("a network that says nothing of its training takes everything and wishes nothing") {
  const auto scale = scale_of({}, {0, "1/pixel"});
  REQUIRE(scale);
  CHECK(*scale == Scale::trained);
  CHECK(wished_pixel_mm({}) == 0);
  CHECK(wished_pixel_mm({0.02, ""}) == 0.02);
}
