#include <catch2/catch.hpp>
#include <string>

#include "viewer/model/facts_book.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

SessionFactsPtr report(std::uint64_t epoch, const std::string& filter, std::uint64_t geometry = 1,
                       std::uint64_t revision = 0) {
  auto facts = std::make_shared<SessionFacts>();
  facts->processed_scan = "scan";
  facts->epoch = epoch;
  facts->geometry_revision = geometry;
  facts->revision = revision != 0 ? revision : epoch;
  auto& parameter = *facts->parameters["projection"].add_parameters();
  parameter.set_name("filter");
  parameter.mutable_value()->set_text(filter);
  return facts;
}

v1::Stamp stamp(std::uint64_t epoch, std::uint64_t geometry = 1) {
  v1::Stamp made;
  made.set_scan_id("scan");
  made.set_epoch(epoch);
  made.set_geometry_revision(geometry);
  return made;
}

std::string filter_of(const HeldFacts& held) {
  return held.facts->parameters.at("projection").parameters(0).value().text();
}

}  // namespace

TEST_CASE("before any report an image has the facts of nobody") {
  FactsBook book("viewer-1");
  book.told(nullptr);
  book.arrived(stamp(1), nullptr);
  const auto held = std::make_shared<HeldFacts>();
  book.arrived(stamp(1), held);
  REQUIRE(held->facts);
  CHECK(held->facts->viewer == "viewer-1");
  CHECK(held->facts->parameters.empty());
}

TEST_CASE("an image keeps the parameters that it was made with") {
  FactsBook book("viewer-1");
  book.told(report(1, "hann"));
  const auto image = std::make_shared<HeldFacts>();
  book.arrived(stamp(1), image);
  book.told(report(2, "ram_lak"));
  CHECK(filter_of(*image) == "hann");
  CHECK(image->facts->are_of(stamp(1)));
}

TEST_CASE("an image of the old settings that comes after the new ones were told has the old ones") {
  FactsBook book("viewer-1");
  book.told(report(1, "hann"));
  book.told(report(2, "ram_lak"));
  const auto late = std::make_shared<HeldFacts>();
  book.arrived(stamp(1), late);
  CHECK(filter_of(*late) == "hann");
}

TEST_CASE("an image that comes before its settings are told gets them with the report") {
  FactsBook book("viewer-1");
  book.told(report(1, "hann"));
  const auto early = std::make_shared<HeldFacts>();
  book.arrived(stamp(2), early);
  CHECK(filter_of(*early) == "hann");
  CHECK_FALSE(early->facts->are_of(stamp(2)));
  CHECK(book.waiting() == 1);
  book.told(report(2, "ram_lak"));
  CHECK(filter_of(*early) == "ram_lak");
  CHECK(book.waiting() == 0);
  book.told(report(3, "cosine"));
  CHECK(filter_of(*early) == "ram_lak");
}

TEST_CASE("another geometry is another image, another scan as well") {
  FactsBook book("viewer-1");
  book.told(report(1, "hann", 1));
  book.told(report(1, "hann", 2, 7));
  const auto image = std::make_shared<HeldFacts>();
  book.arrived(stamp(1, 1), image);
  CHECK(image->facts->geometry_revision == 1);
  auto foreign = stamp(1, 2);
  foreign.set_scan_id("other");
  book.arrived(foreign, image);
  CHECK_FALSE(image->facts->are_of(foreign));
}

TEST_CASE("a report caught in the middle of a change is not taken for the settings before") {
  FactsBook book("viewer-1");
  book.told(report(1, "hann", 1, 1));
  book.told(report(1, "ram_lak", 1, 2));  // the epoch before, the parameters after
  const auto image = std::make_shared<HeldFacts>();
  book.arrived(stamp(1), image);
  CHECK(filter_of(*image) == "hann");
  // A change that needs no new epoch is told twice.
  book.told(report(1, "ram_lak", 1, 2));
  book.arrived(stamp(1), image);
  CHECK(filter_of(*image) == "ram_lak");
}

TEST_CASE("what waits and what is known is bounded, and other servers begin anew") {
  FactsBook book("viewer-1");
  std::vector<std::shared_ptr<HeldFacts>> images;
  for (int i = 0; i < 3000; ++i) {
    images.push_back(std::make_shared<HeldFacts>());
    book.arrived(stamp(9), images.back());
  }
  CHECK(book.waiting() == 1024);
  book.told(report(1, "hann"));
  book.clear();
  CHECK(book.waiting() == 0);
  CHECK(book.newest()->parameters.empty());
  const auto image = std::make_shared<HeldFacts>();
  book.arrived(stamp(1), image);
  CHECK(image->facts->parameters.empty());
}
