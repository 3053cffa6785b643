#include "common/io/image_file.h"
#include "common/io/pixel_mask.h"
#include "tests/unit/io/scratch.h"

using namespace slicecast;
using namespace slicecast::io;
using namespace slicecast::io::testing;
using Catch::Matchers::Contains;

TEST_CASE("masks that are not there, no images or of another shape are refused") {
  ScratchFolder folder;
  const auto refusal = [&](const std::string& name) {
    const auto mask = read_pixel_mask((folder / name).string());
    return mask ? std::string("accepted") : mask.error().message;
  };
  CHECK_THAT(refusal("none.npy"), Contains("no such file"));
  for (const char* name : {"a.npy", "a.tif", "a.png", "a.bmp", "a.h5"})
    write_contents(folder / name, {'h', 'e', 'l', 'l', 'o'});
  for (const char* name : {"a.npy", "a.tif", "a.png", "a.h5:/mask"})
    CHECK_THAT(refusal(name), Contains("a.") && !Contains("accepted"));
  CHECK_THAT(refusal("a.bmp"), Contains(".npy, .tif, .png or FILE.h5:/PATH"));
  Hdf5Builder(folder / "b.h5").counting("/stack", {2, 3, 4});
  CHECK_THAT(refusal("b.h5:/stack"), Contains("two dimensions"));
  CHECK_THAT(refusal("b.h5:/absent"), Contains("no dataset '/absent'"));
  CHECK_THAT(refusal("b.h5"), Contains("FILE.h5:/PATH"));
}

TEST_CASE("the same pixels are bad whatever the type of the mask") {
  ScratchFolder folder;
  const std::vector<std::uint8_t> bytes{0, 1, 0, 0, 0, 255};
  const std::vector<float> reals{0, 1e-3f, 0, 0, 0, -2};
  const std::vector<std::uint16_t> words{0, 1, 0, 0, 0, 256};
  for (const char* name : {"a.npy", "a.tif", "a.png"})
    REQUIRE(write_image(folder / name, ImageView<const std::uint8_t>(bytes.data(), 2, 3)));
  for (const char* name : {"b.npy", "b.tif"})
    REQUIRE(write_image(folder / name, ImageView<const float>(reals.data(), 2, 3)));
  for (const char* name : {"c.npy", "c.tif", "c.png"})
    REQUIRE(write_image(folder / name, ImageView<const std::uint16_t>(words.data(), 2, 3)));
  for (const char* name :
       {"a.npy", "a.tif", "a.png", "b.npy", "b.tif", "c.npy", "c.tif", "c.png"}) {
    INFO(name);
    const auto mask = read_pixel_mask((folder / name).string());
    REQUIRE(mask);
    CHECK(mask->rows == 2);
    CHECK(mask->columns == 3);
    CHECK(mask->marked == std::vector<std::uint8_t>{0, 1, 0, 0, 0, 1});
  }
  Hdf5Builder(folder / "d.h5").counting("/entry/mask", {2, 3}, PixelType::u8);
  const auto mask = read_pixel_mask((folder / "d.h5").string() + ":/entry/mask");
  REQUIRE(mask);
  CHECK(mask->marked == std::vector<std::uint8_t>{0, 1, 1, 1, 1, 1});
}
