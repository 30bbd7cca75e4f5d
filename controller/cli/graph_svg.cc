// The graph as one SVG file: boxes and arrows where graph_layout puts them, a colour for each
// section, dashes for weak edges, the properties in tooltips, a legend below.
#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/cli/graph_layout.h"
#include "controller/cli/graph_view.h"

namespace plumbline {

namespace {

constexpr double kLetter =
    7.25;  ///< Width of a monospaced letter of 12 pixels, a little rounded up.
constexpr double kPadding = 22;
constexpr double kLegendRow = 20;
constexpr double kLegendColumn = 190;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

class Svg {
 public:
  explicit Svg(const GraphView& view) : view_(view), sections_(sections_of(view)) {}

  std::string draw() {
    lay_out_view();
    const std::size_t columns =
        std::max<std::size_t>(1, static_cast<std::size_t>((layout_.width - 40) / kLegendColumn));
    const std::size_t rows = (sections_.size() + 2 + columns - 1) / columns;
    const double width = std::max(layout_.width, kLegendColumn + 40);
    const double height = layout_.height + static_cast<double>(rows) * kLegendRow + 20;
    text_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
        "width=\"{0:.0f}\" height=\"{1:.0f}\" font-family=\"ui-monospace, 'DejaVu Sans Mono', "
        "monospace\" font-size=\"12\">\n<title>{2}</title>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        width,
        height,
        escaped(view_.stack)
    );
    text_ +=
        "<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"7\" "
        "markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 0.5 L8 4 L0 7.5 Z\" "
        "fill=\"#667085\"/></marker></defs>\n"
        "<g fill=\"none\" stroke=\"#667085\" stroke-width=\"1.1\">\n";
    for (std::size_t i = 0; i < view_.arrows.size(); ++i) {
      draw_arrow(view_.arrows[i], layout_.edges[i]);
    }
    text_ += "</g>\n";
    for (std::size_t i = 0; i < view_.boxes.size(); ++i) {
      draw_box(view_.boxes[i], layout_.boxes[i], input_.widths[i]);
    }
    draw_legend(columns);
    return text_ + "</svg>\n";
  }

 private:
  /// What is created first stands left; weak arrows may then point to the right.
  void lay_out_view() {
    std::vector<std::size_t> rank(view_.boxes.size());
    for (std::size_t i = 0; i < view_.order.size(); ++i) {
      rank[view_.order[i]] = i;
    }
    for (const GraphView::Box& box : view_.boxes) {
      input_.widths.push_back(static_cast<double>(box.address.size()) * kLetter + kPadding);
    }
    for (const GraphView::Arrow& arrow : view_.arrows) {
      const bool is_usual = rank[arrow.producer] < rank[arrow.consumer];
      input_.edges.emplace_back(
          is_usual ? arrow.producer : arrow.consumer, is_usual ? arrow.consumer : arrow.producer
      );
    }
    merge_opposite();
    layout_ = lay_out(input_);
    std::vector<std::vector<LayoutPoint>> each;
    each.reserve(line_of_.size());
    for (const std::size_t line : line_of_) {
      each.push_back(layout_.edges[line]);
    }
    layout_.edges = std::move(each);
  }

  /// Two resources that name each other share one line with two heads.
  void merge_opposite() {
    std::vector<std::pair<std::size_t, std::size_t>> lines;
    for (const auto& edge : input_.edges) {
      const auto known = std::find(lines.begin(), lines.end(), edge);
      line_of_.push_back(static_cast<std::size_t>(known - lines.begin()));
      if (known == lines.end()) {
        lines.push_back(edge);
      }
    }
    input_.edges = std::move(lines);
  }

  void draw_arrow(const GraphView::Arrow& arrow, const std::vector<LayoutPoint>& points) {
    std::string path = fmt::format("M{:.1f} {:.1f}", points.front().x, points.front().y);
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const LayoutPoint& a = points[i];
      const LayoutPoint& b = points[i + 1];
      const double half = (b.x - a.x) / 2;
      path += a.y == b.y ? fmt::format(" L{:.1f} {:.1f}", b.x, b.y)
                         : fmt::format(
                               " C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}",
                               a.x + half,
                               a.y,
                               b.x - half,
                               b.y,
                               b.x,
                               b.y
                           );
    }
    const bool points_left = layout_.boxes[arrow.producer].x < layout_.boxes[arrow.consumer].x;
    text_ += fmt::format(
        "<path d=\"{}\" {}=\"url(#head)\"{}><title>{} needs {}: {}</title></path>\n",
        path,
        points_left ? "marker-start" : "marker-end",
        arrow.is_weak ? " stroke-dasharray=\"5 4\"" : "",
        escaped(view_.boxes[arrow.consumer].address),
        escaped(view_.boxes[arrow.producer].address),
        escaped(join(arrow.properties, ", "))
    );
  }

  void draw_box(const GraphView::Box& box, const LayoutPoint& centre, double width) {
    text_ += fmt::format(
        "<g><title>{}</title><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\" "
        "rx=\"5\" fill=\"{}\" stroke=\"{}\"{}/><text x=\"{:.1f}\" y=\"{:.1f}\" "
        "text-anchor=\"middle\" fill=\"#101828\">{}</text></g>\n",
        escaped(box.kind),
        centre.x - width / 2,
        centre.y - input_.height / 2,
        width,
        input_.height,
        colour(box.section, 0.88),
        colour(box.section, 0.45),
        box.is_existing ? " stroke-dasharray=\"3 3\"" : "",
        centre.x,
        centre.y + 4,
        escaped(box.address)
    );
  }

  void draw_legend(std::size_t columns) {
    const auto place = [&](std::size_t n) {
      const std::size_t row = n / columns;
      return LayoutPoint{
          20 + static_cast<double>(n % columns) * kLegendColumn,
          layout_.height + 6 + static_cast<double>(row) * kLegendRow};
    };
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      const LayoutPoint at = place(i);
      text_ += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"22\" height=\"12\" rx=\"3\" fill=\"{}\" "
          "stroke=\"{}\"/><text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"#475467\">{}</text>\n",
          at.x,
          at.y,
          colour(sections_[i], 0.88),
          colour(sections_[i], 0.45),
          at.x + 30,
          at.y + 10,
          escaped(sections_[i])
      );
    }
    draw_sample(place(sections_.size()), "needs", "");
    draw_sample(place(sections_.size() + 1), "needs, when finished", " stroke-dasharray=\"5 4\"");
  }

  void draw_sample(const LayoutPoint& at, std::string_view meaning, std::string_view dashes) {
    text_ += fmt::format(
        "<path d=\"M{0:.1f} {1:.1f} h22\" stroke=\"#667085\" stroke-width=\"1.1\" "
        "marker-end=\"url(#head)\"{2}/><text x=\"{3:.1f}\" y=\"{4:.1f}\" "
        "fill=\"#475467\">{5}</text>\n",
        at.x,
        at.y + 6,
        dashes,
        at.x + 30,
        at.y + 10,
        meaning
    );
  }

  [[nodiscard]] std::string colour(const std::string& section, double lightness) const {
    const auto at = std::lower_bound(sections_.begin(), sections_.end(), section);
    return colour_of(static_cast<std::size_t>(at - sections_.begin()), sections_.size(), lightness);
  }

  const GraphView& view_;
  std::vector<std::string> sections_;
  LayoutInput input_;
  Layout layout_;
  std::vector<std::size_t> line_of_;  ///< Of every arrow.
  std::string text_;
};

}  // namespace

std::string to_svg(const GraphView& view) {
  return Svg(view).draw();
}

}  // namespace plumbline
