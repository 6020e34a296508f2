export default function Late() {
  return <h1>Better late</h1>;
}
