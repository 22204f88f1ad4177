/** Classes that are known and have no translation, with what to do instead. */
export const INSTEAD: ReadonlyMap<string, string> = new Map([
  [
    'NMF',
    'its transform is solved in rounds that end by the rows sent together, so that a row has no answer of its own; use TruncatedSVD, PCA or FactorAnalysis',
  ],
  [
    'MiniBatchNMF',
    'its transform is solved in rounds that end by the rows sent together, so that a row has no answer of its own; use TruncatedSVD, PCA or FactorAnalysis',
  ],
  [
    'ColumnSelector',
    'it does not record how many columns it gets; use ColumnTransformer([("keep", "passthrough", columns)])',
  ],
  ['HashingEncoder', 'it hashes by what all columns say together; use TargetEncoder, BinaryEncoder or OneHotEncoder'],
  ['LatentDirichletAllocation', 'its transform solves an optimisation for each row; use TruncatedSVD or PCA'],
  ['DBSCAN', 'it only labels the rows of its fit; train KNeighborsClassifier on its labels_'],
  ['HDBSCAN', 'it only labels the rows of its fit; train KNeighborsClassifier on its labels_'],
  ['OPTICS', 'it only labels the rows of its fit; train KNeighborsClassifier on its labels_'],
  ['AgglomerativeClustering', 'it only labels the rows of its fit; train KNeighborsClassifier on its labels_'],
  ['SpectralClustering', 'it only labels the rows of its fit; train KNeighborsClassifier on its labels_'],
  ['SpectralBiclustering', 'it only labels the rows and columns of its fit; use KMeans'],
  ['SpectralCoclustering', 'it only labels the rows and columns of its fit; use KMeans'],
  ['TSNE', 'it only places the rows of its fit; use PCA, or train KNeighborsRegressor on its embedding_'],
  ['MDS', 'it only places the rows of its fit; use PCA, or train KNeighborsRegressor on its embedding_'],
  ['ClassicalMDS', 'it only places the rows of its fit; use PCA, or train KNeighborsRegressor on its embedding_'],
  ['SpectralEmbedding', 'it only places the rows of its fit; use PCA, or train KNeighborsRegressor on its embedding_'],
  [
    'EmpiricalCovariance',
    'it describes a covariance and predicts nothing; use EllipticEnvelope, LocalOutlierFactor(novelty=True) or IsolationForest',
  ],
  [
    'GraphicalLasso',
    'it describes a covariance and predicts nothing; use EllipticEnvelope, LocalOutlierFactor(novelty=True) or IsolationForest',
  ],
  [
    'GraphicalLassoCV',
    'it describes a covariance and predicts nothing; use EllipticEnvelope, LocalOutlierFactor(novelty=True) or IsolationForest',
  ],
  [
    'LedoitWolf',
    'it describes a covariance and predicts nothing; use EllipticEnvelope, LocalOutlierFactor(novelty=True) or IsolationForest',
  ],
  [
    'MinCovDet',
    'it describes a covariance and predicts nothing; use EllipticEnvelope, LocalOutlierFactor(novelty=True) or IsolationForest',
  ],
  [
    'OAS',
    'it describes a covariance and predicts nothing; use EllipticEnvelope, LocalOutlierFactor(novelty=True) or IsolationForest',
  ],
  [
    'ShrunkCovariance',
    'it describes a covariance and predicts nothing; use EllipticEnvelope, LocalOutlierFactor(novelty=True) or IsolationForest',
  ],
  [
    'LabelEncoder',
    'it is for labels, not for features: save the classifier alone, which keeps its classes; for features use OrdinalEncoder or OneHotEncoder',
  ],
  [
    'LabelBinarizer',
    'it is for labels, not for features: save the classifier alone, which keeps its classes; for features use OrdinalEncoder or OneHotEncoder',
  ],
  [
    'MultiLabelBinarizer',
    'it is for labels, not for features: save the classifier alone, which keeps its classes; for features use OrdinalEncoder or OneHotEncoder',
  ],
  [
    'NearestNeighbors',
    'it answers rows of its fit rather than predictions; use KNeighborsClassifier or KNeighborsRegressor',
  ],
  [
    'KNeighborsTransformer',
    'it answers rows of its fit rather than predictions; use KNeighborsClassifier or KNeighborsRegressor',
  ],
  [
    'RadiusNeighborsTransformer',
    'it answers rows of its fit rather than predictions; use KNeighborsClassifier or KNeighborsRegressor',
  ],
]);

/** What is served near a class, by the package of scikit-learn it is in. */
export const NEAR_BY_PACKAGE: ReadonlyMap<string, readonly string[]> = new Map([
  ['cluster', ['KMeans', 'BisectingKMeans', 'MeanShift']],
  ['covariance', ['EllipticEnvelope', 'LocalOutlierFactor', 'IsolationForest']],
  ['decomposition', ['PCA', 'TruncatedSVD', 'FastICA']],
  ['manifold', ['KernelPCA', 'PCA', 'NeighborhoodComponentsAnalysis']],
  ['feature_extraction', ['DictVectorizer', 'HashingVectorizer', 'CountVectorizer']],
  ['neural_network', ['PCA', 'MLPClassifier', 'MLPRegressor']],
  ['neighbors', ['KNeighborsClassifier', 'KNeighborsRegressor', 'GaussianMixture']],
]);

/** Classes without a translation that skl2onnx 1.20 converts, by its own list of supported converters. */
export const CONVERTIBLE: ReadonlySet<string> = new Set(['FeatureHasher']);
