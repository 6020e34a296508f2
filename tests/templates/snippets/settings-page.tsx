import { useTransition, useState } from "react";
import { AlertCircle, Terminal } from "lucide-react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card, CardAction, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Label } from "@/components/ui/label";
import { Select, SelectContent, SelectGroup, SelectItem, SelectLabel, SelectTrigger, SelectValue } from "@/components/ui/select";
import { Slider } from "@/components/ui/slider";
import { Switch } from "@/components/ui/switch";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { Toggle } from "@/components/ui/toggle";
import { Tooltip, TooltipContent, TooltipProvider, TooltipTrigger } from "@/components/ui/tooltip";

export default function SettingsPage() {
  const [volume, setVolume] = useState([50]);
  const [language, setLanguage] = useState<string>();
  const [isPending, startTransition] = useTransition();

  return (
    <TooltipProvider>
      <Tabs defaultValue="general" className="w-full max-w-xl">
        <TabsList>
          <TabsTrigger value="general">General</TabsTrigger>
          <TabsTrigger value="notifications">Notifications</TabsTrigger>
        </TabsList>
        <TabsContent value="general" className="space-y-4">
          <Alert>
            <Terminal className="h-4 w-4" />
            <AlertTitle>Heads up!</AlertTitle>
            <AlertDescription>You can change these at any time.</AlertDescription>
          </Alert>
          <Card>
            <CardHeader>
              <CardTitle>Preferences</CardTitle>
              <CardDescription>How the app looks and sounds.</CardDescription>
              <CardAction>
                <Tooltip>
                  <TooltipTrigger asChild>
                    <Toggle aria-label="Bold" size="sm">
                      B
                    </Toggle>
                  </TooltipTrigger>
                  <TooltipContent>
                    <p>Toggle bold</p>
                  </TooltipContent>
                </Tooltip>
              </CardAction>
            </CardHeader>
            <CardContent className="space-y-6">
              <div className="space-y-2">
                <Label id="volume">Volume: {volume[0]}</Label>
                <Slider aria-labelledby="volume" value={volume} onValueChange={setVolume} max={100} step={1} />
              </div>
              <div className="space-y-2">
                <Label htmlFor="language">Language</Label>
                <Select value={language} onValueChange={setLanguage}>
                  <SelectTrigger id="language" className="w-[180px]">
                    <SelectValue placeholder="Select a language" />
                  </SelectTrigger>
                  <SelectContent>
                    <SelectGroup>
                      <SelectLabel>Europe</SelectLabel>
                      <SelectItem value="en">English</SelectItem>
                      <SelectItem value="de">Deutsch</SelectItem>
                    </SelectGroup>
                  </SelectContent>
                </Select>
              </div>
            </CardContent>
          </Card>
        </TabsContent>
        <TabsContent value="notifications">
          <div className="flex items-center space-x-2">
            <Switch id="airplane-mode" defaultChecked />
            <Label htmlFor="airplane-mode">Airplane Mode</Label>
          </div>
          <Alert variant="destructive">
            <AlertCircle className="h-4 w-4" />
            <AlertTitle>Error</AlertTitle>
            <AlertDescription>Your session has expired.</AlertDescription>
          </Alert>
        </TabsContent>
        <Button disabled={isPending} onClick={() => startTransition(() => setVolume([80]))}>
          Reset
        </Button>
      </Tabs>
    </TooltipProvider>
  );
}
