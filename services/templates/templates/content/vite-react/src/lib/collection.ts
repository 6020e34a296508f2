export {
  dismissStorageProblem,
  StorageError,
  useCollection,
  useStorageProblem,
  type Collection,
  type Entry,
} from "@/database/collection";
export { useSamples, type Samples } from "@/database/samples";
