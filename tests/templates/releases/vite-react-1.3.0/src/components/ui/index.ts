export { Badge, type BadgeProps } from "./badge";
export { Button, type ButtonProps } from "./button";
export { Card, CardContent, CardHeader, CardTitle } from "./card";
export { Checkbox } from "./checkbox";
export { EmptyState, type EmptyStateProps } from "./empty-state";
export { Input } from "./input";
export { Label } from "./label";
export { Select } from "./select";
export { Textarea } from "./textarea";
