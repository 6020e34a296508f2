import { daysAgo } from "@/data/dates";
import type { PersonData, Status } from "@/data/people";

type Sample = [name: string, role: string, team: string, status: Status, joined: number, seen: number | null];

// The days are counted back from the first visit, so that the figures are always of these months.
const PEOPLE: Sample[] = [
  ["Amara Okafor", "Product designer", "Design", "active", 3, 0],
  ["Jonas Lindqvist", "Account manager", "Sales", "invited", 5, null],
  ["Mei Tanaka", "Backend engineer", "Engineering", "active", 9, 1],
  ["Rafael Costa", "Support lead", "Support", "active", 14, 0],
  ["Ingrid Solberg", "Data analyst", "Operations", "invited", 17, null],
  ["Tomasz Zielinski", "Frontend engineer", "Engineering", "active", 24, 2],
  ["Leila Haddad", "Brand designer", "Design", "active", 33, 4],
  ["Owen Gallagher", "Sales engineer", "Sales", "active", 38, 1],
  ["Priya Raman", "Engineering manager", "Engineering", "active", 51, 0],
  ["Mateo Fuentes", "Support agent", "Support", "paused", 58, 40],
  ["Sofia Marchetti", "Operations manager", "Operations", "active", 64, 3],
  ["Daniel Mbeki", "Site engineer", "Engineering", "active", 83, 6],
  ["Hannah Weiss", "Design lead", "Design", "active", 97, 0],
  ["Kofi Asante", "Sales lead", "Sales", "active", 112, 5],
  ["Elena Petrova", "Accountant", "Operations", "active", 118, 9],
  ["Lucas Moreau", "Support agent", "Support", "active", 139, 2],
  ["Aisha Siddiqui", "Data engineer", "Engineering", "active", 151, 1],
  ["Nils Bergström", "Recruiter", "Operations", "paused", 172, 95],
  ["Clara Nunes", "Illustrator", "Design", "active", 186, 11],
  ["Ethan Park", "Account manager", "Sales", "active", 214, 8],
  ["Zofia Nowak", "Test engineer", "Engineering", "active", 231, 3],
  ["Samuel Adeyemi", "Support agent", "Support", "active", 252, 7],
  ["Marta Kowalska", "Office manager", "Operations", "active", 289, 4],
  ["Hugo Lambert", "Partner manager", "Sales", "paused", 310, 120],
  ["Noor de Vries", "Mobile engineer", "Engineering", "active", 318, 2],
  ["Isabel Torres", "Researcher", "Design", "active", 342, 6],
];

export function samplePeople(): PersonData[] {
  return PEOPLE.map(([name, role, team, status, joined, seen]) => ({
    name,
    email: `${addressOf(name)}@example.com`,
    role,
    team,
    status,
    joined: daysAgo(joined),
    lastSeen: seen === null ? "" : daysAgo(seen),
    notes: "",
  }));
}

function addressOf(name: string): string {
  return name
    .normalize("NFD")
    .replace(/[^\w ]/g, "")
    .toLowerCase()
    .replaceAll(" ", ".");
}
