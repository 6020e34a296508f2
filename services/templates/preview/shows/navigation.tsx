import { HomeIcon, InboxIcon, SettingsIcon } from "lucide-react";
import { useState } from "react";

import {
  Breadcrumb,
  BreadcrumbItem,
  BreadcrumbLink,
  BreadcrumbList,
  BreadcrumbPage,
  BreadcrumbSeparator,
  Menubar,
  MenubarContent,
  MenubarItem,
  MenubarMenu,
  MenubarShortcut,
  MenubarTrigger,
  NavigationMenu,
  NavigationMenuContent,
  NavigationMenuItem,
  NavigationMenuLink,
  NavigationMenuList,
  NavigationMenuTrigger,
  Pagination,
  PaginationContent,
  PaginationItem,
  PaginationLink,
  PaginationNext,
  PaginationPrevious,
  Sidebar,
  SidebarContent,
  SidebarGroup,
  SidebarGroupContent,
  SidebarGroupLabel,
  SidebarHeader,
  SidebarMenu,
  SidebarMenuBadge,
  SidebarMenuButton,
  SidebarMenuItem,
  SidebarProvider,
  Stepper,
  StepperContent,
  StepperDescription,
  StepperIndicator,
  StepperItem,
  StepperTitle,
  Tabs,
  TabsContent,
  TabsList,
  TabsTrigger,
} from "@/components/ui";

import type { Shows } from "../App";

const places = [
  { name: "Home", icon: HomeIcon },
  { name: "Inbox", icon: InboxIcon },
  { name: "Settings", icon: SettingsIcon },
];

function Pages() {
  const [page, setPage] = useState(2);
  return (
    <Pagination>
      <PaginationContent>
        <PaginationItem>
          <PaginationPrevious href="#" />
        </PaginationItem>
        {[1, 2, 3].map((number) => (
          <PaginationItem key={number}>
            <PaginationLink href="#" isActive={number === page} onClick={() => setPage(number)}>
              {number}
            </PaginationLink>
          </PaginationItem>
        ))}
        <PaginationItem>
          <PaginationNext href="#" />
        </PaginationItem>
      </PaginationContent>
    </Pagination>
  );
}

export const navigation: Shows = {
  tabs: () => (
    <div className="space-y-4">
      {(["default", "line"] as const).map((variant) => (
        <Tabs key={variant} defaultValue="account">
          <TabsList variant={variant}>
            <TabsTrigger value="account">Account</TabsTrigger>
            <TabsTrigger value="password">Password</TabsTrigger>
          </TabsList>
          <TabsContent value="account">Your name and picture.</TabsContent>
          <TabsContent value="password">Change it here.</TabsContent>
        </Tabs>
      ))}
    </div>
  ),
  breadcrumb: () => (
    <Breadcrumb>
      <BreadcrumbList>
        <BreadcrumbItem>
          <BreadcrumbLink href="#">Books</BreadcrumbLink>
        </BreadcrumbItem>
        <BreadcrumbSeparator />
        <BreadcrumbItem>
          <BreadcrumbPage>Novels</BreadcrumbPage>
        </BreadcrumbItem>
      </BreadcrumbList>
    </Breadcrumb>
  ),
  pagination: Pages,
  stepper: () => (
    <Stepper value={1} aria-label="Order">
      {["Cart", "Address", "Payment"].map((title, index) => (
        <StepperItem key={title} step={index}>
          <StepperIndicator />
          <StepperContent>
            <StepperTitle>{title}</StepperTitle>
            <StepperDescription>Step {index + 1}</StepperDescription>
          </StepperContent>
        </StepperItem>
      ))}
    </Stepper>
  ),
  "navigation-menu": () => (
    <NavigationMenu>
      <NavigationMenuList>
        <NavigationMenuItem>
          <NavigationMenuTrigger>Products</NavigationMenuTrigger>
          <NavigationMenuContent>
            <ul className="grid w-56 gap-1">
              <li>
                <NavigationMenuLink href="#">Bread</NavigationMenuLink>
              </li>
              <li>
                <NavigationMenuLink href="#">Cakes</NavigationMenuLink>
              </li>
            </ul>
          </NavigationMenuContent>
        </NavigationMenuItem>
        <NavigationMenuItem>
          <NavigationMenuLink href="#">Prices</NavigationMenuLink>
        </NavigationMenuItem>
      </NavigationMenuList>
    </NavigationMenu>
  ),
  menubar: () => (
    <Menubar>
      <MenubarMenu>
        <MenubarTrigger>File</MenubarTrigger>
        <MenubarContent>
          <MenubarItem>
            New <MenubarShortcut>Ctrl N</MenubarShortcut>
          </MenubarItem>
          <MenubarItem>Open</MenubarItem>
        </MenubarContent>
      </MenubarMenu>
      <MenubarMenu>
        <MenubarTrigger>Edit</MenubarTrigger>
        <MenubarContent>
          <MenubarItem>Undo</MenubarItem>
        </MenubarContent>
      </MenubarMenu>
    </Menubar>
  ),
  sidebar: () => (
    <SidebarProvider className="min-h-64 overflow-hidden rounded-lg border">
      <Sidebar collapsible="none" className="h-auto">
        <SidebarHeader className="font-semibold">Meadow Bakery</SidebarHeader>
        <SidebarContent>
          <SidebarGroup>
            <SidebarGroupLabel>Work</SidebarGroupLabel>
            <SidebarGroupContent>
              <SidebarMenu>
                {places.map(({ name, icon: Icon }) => (
                  <SidebarMenuItem key={name}>
                    <SidebarMenuButton isActive={name === "Inbox"}>
                      <Icon />
                      <span>{name}</span>
                    </SidebarMenuButton>
                    {name === "Inbox" && <SidebarMenuBadge>4</SidebarMenuBadge>}
                  </SidebarMenuItem>
                ))}
              </SidebarMenu>
            </SidebarGroupContent>
          </SidebarGroup>
        </SidebarContent>
      </Sidebar>
      <p className="p-4 text-sm text-muted-foreground">The page</p>
    </SidebarProvider>
  ),
};
