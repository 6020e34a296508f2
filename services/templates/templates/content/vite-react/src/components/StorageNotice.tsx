export { StorageNotice } from "@/core/StorageNotice";
