// What a page does in the browser beyond links and forms. Without this every page still works.
'use strict';

// Forms of a session are sent by scripts too; they carry the same proof.
document.addEventListener('htmx:config:request', (event) => {
  const token = document.body.dataset.token;
  if (token) event.detail.ctx.request.headers['X-Token'] = token;
});

// Fields that are asked only when others have certain values.
function showWanted(form) {
  for (const part of form.querySelectorAll('[data-when]')) {
    const wanted = JSON.parse(part.dataset.when);
    const isShown = Object.entries(wanted).every(([name, value]) => valueOf(form, name) === String(value));
    part.hidden = !isShown;
    for (const field of part.querySelectorAll('input, select, textarea')) field.disabled = !isShown;
  }
}

function valueOf(form, name) {
  const fields = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)].filter((field) => !field.disabled);
  const chosen = fields.find((field) => !['radio', 'checkbox'].includes(field.type) || field.checked);
  return chosen ? chosen.value : fields.some((field) => field.type === 'checkbox') ? 'false' : '';
}

// Rows of a form that may be added and taken out.
function addRow(button) {
  const rows = button.closest('.rows');
  const next = Number(rows.dataset.next);
  rows.dataset.next = String(next + 1);
  const row = rows.querySelector('template').content.cloneNode(true);
  for (const field of row.querySelectorAll('[name], [id], [for]')) {
    for (const attribute of ['name', 'id', 'for']) {
      const value = field.getAttribute(attribute);
      if (value) field.setAttribute(attribute, value.replace('#', String(next)));
    }
  }
  rows.querySelector('.body').append(row);
  rows.querySelector('.body').lastElementChild?.querySelector('input, select, textarea')?.focus();
}

const colours = ['#b3261e', '#1f6f8b', '#c98a1b', '#4b7f52', '#6b4fa0', '#8c5a3c', '#3d5a80', '#8a8f98'];

function drawChart(place) {
  const { kind, categories, series } = JSON.parse(place.dataset.chart);
  const text = { color: getComputedStyle(document.body).color, fontSize: 13 };
  const chart = window.charts.init(place, null, { renderer: 'svg' });
  const animation = false;
  if (kind === 'pie') {
    const data = categories.map((name, at) => ({ name, value: series[0].values[at] }));
    const label = { ...text, formatter: '{b}  {c}' };
    chart.setOption({ animation, color: colours, series: [{ type: 'pie', radius: ['40%', '70%'], data, label }] });
  } else {
    const isLine = kind === 'line';
    const drawn = series.map(({ values }) => ({
      type: isLine ? 'line' : 'bar', data: values, barMaxWidth: 36, symbolSize: 6,
      label: { show: !isLine && series.length === 1, position: 'top', ...text },
    }));
    const axis = { type: 'category', data: categories, axisLabel: { ...text, interval: isLine ? 'auto' : 0, rotate: categories.length > 8 ? 35 : 0 } };
    chart.setOption({
      animation, color: colours, series: drawn, xAxis: axis,
      grid: { left: 8, right: 12, top: 24, bottom: 8, containLabel: true },
      yAxis: { type: 'value', minInterval: 1, axisLabel: text },
    });
  }
  new ResizeObserver(() => chart.resize()).observe(place);
}

// The library is large; pages without a chart do without it.
function drawCharts(root) {
  const places = root.querySelectorAll('[data-chart]');
  if (!places.length) return;
  if (window.charts) return places.forEach(drawChart);
  const script = document.createElement('script');
  script.src = document.body.dataset.charts;
  script.addEventListener('load', () => places.forEach(drawChart));
  document.head.append(script);
}

function start(root) {
  for (const form of root.querySelectorAll('form')) {
    if (form.querySelector('[data-when]')) {
      showWanted(form);
      form.addEventListener('input', () => showWanted(form));
    }
  }
  for (const button of root.querySelectorAll('.rows .more')) button.addEventListener('click', () => addRow(button));
  drawCharts(root);
  for (const all of root.querySelectorAll('input[data-all]')) {
    all.addEventListener('change', () => {
      for (const box of all.form.querySelectorAll('input[type=checkbox][name=number]')) box.checked = all.checked;
    });
  }
  for (const form of root.querySelectorAll('form[data-once]')) {
    form.addEventListener('submit', () => setTimeout(() => form.querySelectorAll('button').forEach((b) => (b.disabled = true))));
  }
}

document.addEventListener('click', (event) => {
  if (event.target.closest('.rows .less')) event.target.closest('.row').remove();
});
document.addEventListener('DOMContentLoaded', () => start(document));
document.addEventListener('htmx:after:swap', (event) => start(event.target));
// Back from the cache of the browser, a form can be sent again.
window.addEventListener('pageshow', () => document.querySelectorAll('form[data-once] button').forEach((b) => (b.disabled = false)));
