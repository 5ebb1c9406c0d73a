// What the editor may write is what cleaning keeps: narrower lists, quotations and tables than the
// prose editor's own. (conditions/cleaning/shape.py says the same.)
import {
  Blockquote as AnyBlockquote,
  ListItem as AnyListItem,
  Table as AnyTable,
  TableCell as AnyTableCell,
  TableHeader as AnyTableHeader,
} from "django-prose-editor/editor";

const inCell = {
  content: "(paragraph | bulletList | orderedList)+",
  addAttributes() {
    const { align, ...kept } = this.parent();
    return kept;
  },
};

export const ListItem = AnyListItem.extend({
  content: "paragraph (paragraph | bulletList | orderedList | blockquote)*",
});

export const Blockquote = AnyBlockquote.extend({
  content: "(paragraph | heading | bulletList | orderedList | blockquote | horizontalRule)+",
});

export const TableCell = AnyTableCell.extend(inCell);
export const TableHeader = AnyTableHeader.extend(inCell);

// A merged cell is refused, so there is no button that makes one.
const MERGING = ["table:mergeCells", "table:splitCell"];

export const Table = AnyTable.extend({
  addMenuItems({ editor, buttons, menu }) {
    const defineItem = (item) => MERGING.includes(item.name) || menu.defineItem(item);
    this.parent({ editor, buttons, menu: { ...menu, defineItem } });
    const heading = (name, command, icon, title) =>
      menu.defineItem({
        name,
        groups: "table",
        command: (one) => one.chain().focus()[command]().run(),
        button: buttons.material(icon, title),
        hidden: (one) => !one.isActive("table"),
      });
    heading("table:headerRow", "toggleHeaderRow", "table_rows", "First row heads the columns");
    heading("table:headerColumn", "toggleHeaderColumn", "view_column", "First column heads the rows");
  },
});
