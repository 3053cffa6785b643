// Whether those answer from whom the images of the slice server come: source and projection server.
// While one of them is away the slice server is live and shows what it has, which grows old. Times
// are steady ns. One thread (UI).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "viewer/model/connection.h"

namespace slicecast::viewer {

class Upstream {
 public:
  struct Trouble {
    StatusShape shape = StatusShape::triangle;  // cross once it is silent for long
    std::string text;                           // "source silent 4 s"
    std::string remedy;
  };

  // Of one report: begin() first, then answers() for each service that answered. Kinds other than
  // the two are ignored.
  void begin();
  void answers(const std::string& kind, const std::string& name, std::int64_t now_ns);

  // Of whatever answered before: a kind that was never there may not be needed. A scan that has
  // ended needs no source.
  std::optional<Trouble> trouble(std::int64_t now_ns, bool scan_ended) const;
  void forget() { kinds_.clear(); }

 private:
  struct Kind {
    std::string name;
    std::int64_t heard_ns = 0;
    bool answered = false;  // to the last report
  };
  std::map<std::string, Kind> kinds_;
};

// The state of the link to the slice server as the user sees it, with what is wrong behind it.
ConnectionView with_upstream(ConnectionView view, const std::optional<Upstream::Trouble>& trouble);

}  // namespace slicecast::viewer
