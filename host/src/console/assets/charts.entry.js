// What charts need of ECharts, and nothing more: charts.js is made from this, see README.md.
import { use, init } from 'echarts/core';
import { BarChart, LineChart, PieChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
use([BarChart, LineChart, PieChart, GridComponent, SVGRenderer]);
window.charts = { init };
