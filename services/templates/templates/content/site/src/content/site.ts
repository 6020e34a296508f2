/** What stands on every page, and what search engines are told of the site as a whole. */
export const site = {
  name: "Fernhill Studio",
  /** Of the first page. */
  title: "Fernhill Studio · Interiors that live well",
  description: "A small studio for warm, lasting interiors: homes, cafés and places to work, planned with care and built by hand.",
  /** Shown where somebody shares the site: an address of a picture in public/, such as "/cover.png". */
  image: undefined as string | undefined,
  email: "hello@fernhill.example",
  phone: "+44 20 7946 0018",
  street: "14 Mill Lane",
  city: "Fernhill",
  hours: "Monday to Friday, 9 to 17",
};
