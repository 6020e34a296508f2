import * as React from "react"
import { Minus, Plus } from "lucide-react"

import { Button } from "@/components/ui/button"
import { ContextMenu, ContextMenuContent, ContextMenuItem, ContextMenuShortcut, ContextMenuTrigger } from "@/components/ui/context-menu"
import { Dialog, DialogContent, DialogHeader, DialogTitle, DialogTrigger } from "@/components/ui/dialog"
import {
  Drawer,
  DrawerClose,
  DrawerContent,
  DrawerDescription,
  DrawerFooter,
  DrawerHeader,
  DrawerTitle,
  DrawerTrigger,
} from "@/components/ui/drawer"
import { ResizableHandle, ResizablePanel, ResizablePanelGroup } from "@/components/ui/resizable"
import { useIsMobile } from "@/hooks/use-mobile"

export default function ResponsiveDrawer() {
  const [open, setOpen] = React.useState(false)
  const [goal, setGoal] = React.useState(350)
  const isMobile = useIsMobile()
  const onClick = (adjustment: number) => setGoal(Math.max(200, Math.min(400, goal + adjustment)))

  return (
    <div className="space-y-4">
      <Drawer open={open} onOpenChange={setOpen}>
        <DrawerTrigger asChild>
          <Button variant="outline">Open {isMobile ? "drawer" : "goal"}</Button>
        </DrawerTrigger>
        <DrawerContent>
          <div className="mx-auto w-full max-w-sm">
            <DrawerHeader>
              <DrawerTitle>Move Goal</DrawerTitle>
              <DrawerDescription>Set your daily activity goal.</DrawerDescription>
            </DrawerHeader>
            <div className="flex items-center justify-center space-x-2 p-4">
              <Button variant="outline" size="icon" className="h-8 w-8 rounded-full" onClick={() => onClick(-10)} disabled={goal <= 200}>
                <Minus />
                <span className="sr-only">Decrease</span>
              </Button>
              <div className="text-7xl font-bold tracking-tighter">{goal}</div>
              <Button variant="outline" size="icon" className="h-8 w-8 rounded-full" onClick={() => onClick(10)}>
                <Plus />
                <span className="sr-only">Increase</span>
              </Button>
            </div>
            <DrawerFooter>
              <Button>Submit</Button>
              <DrawerClose asChild>
                <Button variant="outline">Cancel</Button>
              </DrawerClose>
            </DrawerFooter>
          </div>
        </DrawerContent>
      </Drawer>
      <Dialog>
        <DialogTrigger>Details</DialogTrigger>
        <DialogContent>
          <DialogHeader>
            <DialogTitle>Details</DialogTitle>
          </DialogHeader>
        </DialogContent>
      </Dialog>
      <ContextMenu>
        <ContextMenuTrigger className="flex h-[100px] w-[300px] items-center justify-center rounded-md border border-dashed text-sm">
          Right click here
        </ContextMenuTrigger>
        <ContextMenuContent className="w-64">
          <ContextMenuItem inset>
            Back
            <ContextMenuShortcut>⌘[</ContextMenuShortcut>
          </ContextMenuItem>
        </ContextMenuContent>
      </ContextMenu>
      <ResizablePanelGroup direction="horizontal" className="max-w-md rounded-lg border">
        <ResizablePanel defaultSize={50}>
          <div className="flex h-[120px] items-center justify-center p-6">One</div>
        </ResizablePanel>
        <ResizableHandle withHandle />
        <ResizablePanel defaultSize={50}>Two</ResizablePanel>
      </ResizablePanelGroup>
    </div>
  )
}
