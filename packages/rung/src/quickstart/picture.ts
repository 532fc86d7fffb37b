/** Pictures of examples: charts as SVG files. */
import { writeFile } from 'node:fs/promises';
import type { EChartsOption } from 'echarts';

export interface Picture {
  /** In pixels. Default 640 × 420. */
  readonly width?: number;
  readonly height?: number;
  /** Scatter, line, bar and heat map charts are known. */
  readonly chart: EChartsOption;
}

export async function drawPicture({ width = 640, height = 420, chart }: Picture, file: string): Promise<void> {
  const [{ init, use }, charts, components, { SVGRenderer }] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ]);
  const { ScatterChart, LineChart, BarChart, HeatmapChart } = charts;
  const { GridComponent, TitleComponent, LegendComponent, VisualMapComponent, MarkAreaComponent, MarkLineComponent } =
    components;
  use([ScatterChart, LineChart, BarChart, HeatmapChart, SVGRenderer]);
  use([GridComponent, TitleComponent, LegendComponent, VisualMapComponent, MarkAreaComponent, MarkLineComponent]);
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    drawing.setOption({ animation: false, backgroundColor: '#ffffff', ...chart });
    await writeFile(file, drawing.renderToSVGString());
  } finally {
    drawing.dispose();
  }
}
