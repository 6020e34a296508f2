import { Link, useLocation } from "react-router";

import {
  Sidebar,
  SidebarContent,
  SidebarGroup,
  SidebarHeader,
  SidebarMenu,
  SidebarMenuButton,
  SidebarMenuItem,
  SidebarRail,
  useSidebar,
} from "@/components/ui/sidebar";
import { Brand, type AppRoute } from "@/routing";

interface AppSidebarProps {
  name: string;
  menu: AppRoute[];
}

/** The menu beside the page; it folds to its icons. */
export function AppSidebar({ name, menu }: AppSidebarProps) {
  return (
    <Sidebar collapsible="icon">
      <nav aria-label="Main" className="flex min-h-0 flex-1 flex-col">
        <SidebarHeader className="h-14 justify-center overflow-hidden border-b border-sidebar-border px-3">
          <Brand name={name} className="group-data-[collapsible=icon]:[&>span]:sr-only" />
        </SidebarHeader>
        <SidebarContent>
          <SidebarGroup>
            <SidebarMenu>
              {menu.map((route) => (
                <MenuItem key={route.path} {...route} />
              ))}
            </SidebarMenu>
          </SidebarGroup>
        </SidebarContent>
      </nav>
      <SidebarRail />
    </Sidebar>
  );
}

function MenuItem({ path, label, icon: Icon, load }: AppRoute) {
  const { pathname } = useLocation();
  const { setOpenMobile } = useSidebar();
  const isActive = path === "/" ? pathname === path : pathname === path || pathname.startsWith(`${path}/`);
  return (
    <SidebarMenuItem>
      <SidebarMenuButton asChild isActive={isActive} tooltip={label}>
        <Link to={path} onPointerEnter={load} onFocus={load} onClick={() => setOpenMobile(false)}>
          {Icon && <Icon />}
          <span>{label}</span>
        </Link>
      </SidebarMenuButton>
    </SidebarMenuItem>
  );
}
