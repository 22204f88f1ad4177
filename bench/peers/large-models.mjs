/** The large models that a whole run measures, by the name of their folder: what they are, and how they are asked. */
export const LARGE_MODELS = {
  cancer: { title: 'a forest of 100 trees on the breast cancer data', shapes: ['batch'] },
  'forest-20mb': { title: 'a large forest, 100 trees', shapes: ['single', 'batch'] },
  mlp: { title: 'a network of two hidden layers of 512, behind a scaler', shapes: ['single', 'batch'] },
  'boosting-500': { title: 'gradient boosting, 500 trees', shapes: ['single', 'batch'] },
};
