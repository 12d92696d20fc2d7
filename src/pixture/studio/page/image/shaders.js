// What the graphics processor computes: where a tile's part is on the screen, and the colour of each of its pixels.

export const VERTEX = `#version 300 es
in vec2 corner;
uniform vec4 screen;  // left, top, right, bottom, -1 to 1
uniform vec4 part;    // of the tile, in its pixels
out vec2 at;
void main() {
  at = mix(part.xy, part.zw, corner);
  gl_Position = vec4(mix(screen.xy, screen.zw, corner), 0.0, 1.0);
}`;

export const FRAGMENT_PICTURE = `#version 300 es
precision highp float;
uniform sampler2D tile;
uniform ivec2 size;
uniform vec2 pixel;
in vec2 at;
out vec4 colour;
void main() {
  colour = vec4(texture(tile, at / vec2(size)).rgb, 1.0);
}`;

export const FRAGMENT_NUMBERS = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D tile;
uniform usampler2D groups;
uniform sampler2D colours;
uniform ivec2 size;
uniform vec2 pixel;   // of the screen, in pixels of the tile
uniform int mode;     // 0 colours, 1 lines, 2 numbers
uniform int grouped;
uniform int chosen;
uniform int zero;
uniform float opacity;
in vec2 at;
out vec4 colour;

uint number(vec2 place) {
  uint found = texelFetch(tile, clamp(ivec2(floor(place)), ivec2(0), size - 1), 0).r;
  if (grouped == 0 || found == 0u) return found;
  uint leaf = found - 1u;
  return texelFetch(groups, ivec2(leaf % 2048u, leaf / 2048u), 0).r;
}

vec4 of(uint label) {
  return texelFetch(colours, ivec2(int(min(label, 255u)), 0), 0);
}

uint hashed(uint n) {
  n = (n ^ (n >> 16)) * 0x45d9f3bu;
  n = (n ^ (n >> 16)) * 0x45d9f3bu;
  return (n ^ (n >> 16)) & 63u;
}

void main() {
  uint here = number(at);
  if (mode == 0) {
    colour = of(here);
    colour.a *= opacity;
    return;
  }
  vec2 d = (mode == 1 ? 0.75 : 0.5) * pixel;
  uint a = number(at + vec2(d.x, 0.0)), b = number(at - vec2(d.x, 0.0));
  uint c = number(at + vec2(0.0, d.y)), e = number(at - vec2(0.0, d.y));
  bool edge = a != here || b != here || c != here || e != here;
  if (mode == 1) {
    float shown = max(max(of(here).a, max(of(a).a, of(b).a)), max(of(c).a, of(e).a));
    colour = vec4(1.0, 0.882, 0.098, edge ? shown * opacity : 0.0);
    return;
  }
  bool there = here != 0u || zero == 1;
  vec3 own = of(hashed(here)).rgb;
  float strength = chosen < 0 || uint(chosen) == here ? 1.0 : 0.35;
  vec2 w = 1.5 * pixel; // what is chosen has a rim that is seen on any ground
  uint one = number(at + vec2(w.x, 0.0)), two = number(at - vec2(w.x, 0.0));
  uint three = number(at + vec2(0.0, w.y)), four = number(at - vec2(0.0, w.y));
  uint the = uint(max(chosen, 0));
  bool within = here == the, all = one == the && two == the && three == the && four == the;
  bool any = one == the || two == the || three == the || four == the;
  if (chosen > 0 && (within || any) && !(within && all)) {
    colour = vec4(1.0, 0.882, 0.098, 1.0);
    return;
  }
  colour = there ? vec4(own, opacity * strength) : vec4(0.0);
  if (edge) colour = vec4(mix(own, vec3(1.0), 0.75), (there ? max(opacity, 0.6) : 0.6) * strength);
}`;
