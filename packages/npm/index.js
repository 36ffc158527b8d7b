import stead from './index.cjs'

export const { load, path } = stead
export default stead
