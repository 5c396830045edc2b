/** The package declares no types for its files that hold everything; they export what the package exports. */
declare module 'echarts/dist/echarts.esm.min' {
  export * from 'echarts'
}
